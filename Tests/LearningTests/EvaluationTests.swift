import NeuralNetworks
import Tensors
import Testing

@testable import Learning

@Suite struct EvaluationTests {
    /// Values by statsmodels' `proportion_confint(k, n, method="wilson")`.
    @Test(arguments: [
        (146, 153, 0.9087111, 0.9776627), (0, 10, 0.0, 0.2775328), (10, 10, 0.7224672, 1.0), (50, 100, 0.4038315, 0.5961685),
    ])
    func wilson(successes: Int, count: Int, low: Double, high: Double) {
        let interval = Interval(successes: successes, of: count)
        #expect(abs(interval.low - low) < 2e-4 && abs(interval.high - high) < 2e-4)
        #expect(interval.low <= interval.estimate && interval.estimate <= interval.high)
    }

    @Test func noTrialsSayNothing() {
        let interval = Interval(successes: 0, of: 0)
        #expect(interval.low == 0 && interval.high == 1 && interval.estimate.isNaN)
    }

    /// Six pictures of three classes; logits chosen so that the predictions are 0 1 1 1 2 0.
    private var evaluation: Evaluation {
        let logits: [Float] = [3, 1, 0, 0, 2, 1, 1, 2, 0, 0, 5, 1, 0, 1, 4, 3, 0, 1]
        return Evaluation(logits: Tensor([6, 3], logits), labels: [0, 1, 0, 1, 2, 2], classes: ["a", "b", "c"])
    }

    @Test func confusionAndScores() {
        let evaluation = evaluation
        #expect(evaluation.confusion == [[1, 1, 0], [0, 2, 0], [1, 0, 1]])
        #expect(evaluation.accuracy.successes == 4)
        let scores = evaluation.classScores
        #expect(scores[0].precision == 0.5 && scores[0].recall == 0.5 && scores[0].f1 == 0.5)
        #expect(abs(scores[1].precision - 2.0 / 3) < 1e-12 && scores[1].recall == 1 && abs(scores[1].f1 - 0.8) < 1e-12)
        #expect(scores[2].precision == 1 && scores[2].recall == 0.5)
        #expect(abs(evaluation.balancedAccuracy - 2.0 / 3) < 1e-12)
        #expect(evaluation.mostConfused().map(\.count) == [1, 1])
        #expect(evaluation.mistakes.map(\.index) == [5, 2])
        #expect(abs(evaluation.majorityBaseline - 1.0 / 3) < 1e-12)
        #expect(evaluation.topAccuracy(1).successes == 4 && evaluation.topAccuracy(2).successes == 6)
        #expect(evaluation.topAccuracy(3).estimate == 1)
    }

    @Test func lossIsTheMeanOfTheSamples() {
        let evaluation = evaluation
        let mean = evaluation.predictions.reduce(0) { $0 + Double($1.loss) } / 6
        #expect(abs(mean - evaluation.loss) < 1e-6)
        #expect(evaluation.worst.first?.index == 5)
    }

    @Test func tiesTakeTheFirst() {
        let evaluation = Evaluation(logits: Tensor([1, 3], [1, 1, 1]), labels: [1], classes: ["a", "b", "c"])
        #expect(evaluation.predictions[0].predicted == 0)
        #expect(evaluation.topAccuracy(1).successes == 0 && evaluation.topAccuracy(2).successes == 1)
    }

    @Test func calibrationByHand() {
        // Confidences ln-odds: 0.9 right, 0.9 wrong, 0.6 right.
        func logit(_ p: Double) -> Float { Float(logarithm(p / (1 - p))) }
        let logits = [logit(0.9), 0, logit(0.9), 0, logit(0.6), 0]
        let evaluation = Evaluation(logits: Tensor([3, 2], logits), labels: [0, 1, 0], classes: ["a", "b"])
        // 2/3 · |0.5 - 0.9| + 1/3 · |1 - 0.6|
        #expect(abs(evaluation.expectedCalibrationError() - 0.4) < 1e-6)
        #expect(evaluation.calibration().reduce(0) { $0 + $1.count } == 3)
    }

    @Test func nothingIsNoCrash() {
        let evaluation = Evaluation(logits: Tensor(zeros: [0, 2]), labels: [], classes: ["a", "b"])
        #expect(evaluation.count == 0 && evaluation.loss.isNaN && evaluation.mistakes.isEmpty && evaluation.balancedAccuracy.isNaN)
    }

    @Test func probabilitiesAverage() {
        let mean = Evaluation.logMeanProbabilities([Tensor([1, 2], [0, 0]), Tensor([1, 2], [Float(logarithm(9)), 0])])
        let softmax = Evaluation.softmax(mean)[0]
        #expect(abs(softmax[0] - 0.7) < 1e-6 && abs(softmax[1] - 0.3) < 1e-6)
    }

    @Test func predictionsAsTable() {
        let predictions = [
            ImagePrediction(path: "a, b.jpg", classes: ["x", "y"], probabilities: [0.25, 0.75], failure: nil),
            ImagePrediction(path: "c.jpg", classes: ["x", "y"], probabilities: [], failure: "cut short"),
        ]
        #expect(ImagePrediction.csv(predictions) == "image,class,probability,x,y\n\"a, b.jpg\",y,0.75,0.25,0.75\nc.jpg,,,,\n")
    }
}
