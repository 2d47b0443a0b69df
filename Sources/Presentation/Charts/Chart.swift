/// A drawing of numbers, as SVG and as text.
public struct Chart: Sendable {
    /// Numbers over a common axis.
    public struct Series: Sendable {
        public let name: String
        public let points: [(x: Double, y: Double)]
        public let isDashed: Bool

        public init(_ name: String, _ points: [(x: Double, y: Double)], dashed: Bool = false) {
            self.name = name
            self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
            isDashed = dashed
        }

        /// Numbers at 1, 2, 3, …
        public init(_ name: String, values: [Double], dashed: Bool = false) {
            self.init(name, values.enumerated().map { (Double($0.offset + 1), $0.element) }, dashed: dashed)
        }
    }

    /// What is drawn.
    public enum Content: Sendable {
        case lines([Series])
        /// Grouped bars: for each label one bar a series.
        case bars(labels: [String], series: [(name: String, values: [Double])])
        /// How many values lie in each of equally wide bins from `low` to `high`.
        case histogram(counts: [Int], low: Double, high: Double)
        case scatter([Series])
        /// Rows of shares from 0 to 1 with a text each: a confusion matrix.
        case matrix(rows: [String], columns: [String], shares: [[Double]], texts: [[String]])
    }

    public let content: Content
    public let title: String
    public let xTitle: String
    public let yTitle: String
    /// A logarithmic horizontal axis, for learning rates.
    public let isLogarithmic: Bool
    /// Vertical lines with a name.
    public let markers: [(x: Double, name: String)]
    public let width: Int
    public let height: Int
    /// The vertical axis begins at 0 and ends at 1: for accuracies.
    public let yRange: ClosedRange<Double>?

    public init(
        _ content: Content, title: String = "", x xTitle: String = "", y yTitle: String = "", logarithmic: Bool = false,
        markers: [(x: Double, name: String)] = [], width: Int = 420, height: Int = 240, yRange: ClosedRange<Double>? = nil
    ) {
        self.content = content
        self.title = title
        self.xTitle = xTitle
        self.yTitle = yTitle
        isLogarithmic = logarithmic
        self.markers = markers
        self.width = width
        self.height = height
        self.yRange = yRange
    }

    /// A histogram of values.
    public static func histogram(of values: [Float], bins: Int = 40, title: String = "", x xTitle: String = "", width: Int = 420, height: Int = 180) -> Chart {
        let histogram = Histogram(values, bins: bins)
        return Chart(
            .histogram(counts: histogram.counts, low: histogram.low, high: histogram.high), title: title, x: xTitle, width: width, height: height)
    }

    /// The drawing as a document that stands by itself.
    public var svg: String { SVGDrawing(self).document }

    /// The drawing for pages.
    public var html: HTML { .drawing(svg: svg, description: title) }

    public var bundle: MIMEBundle { MIMEBundle(plain: plain, html: html.markup, svg: svg) }
}

/// Round numbers for an axis.
enum Ticks {
    static func linear(_ low: Double, _ high: Double, count: Int = 5) -> [Double] {
        guard high > low, low.isFinite, high.isFinite else { return [low] }
        let rough = (high - low) / Double(max(count, 1))
        let power = pow10(floorLog10(rough))
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough } ?? rough
        var ticks: [Double] = []
        var value = (low / step).rounded(.up) * step
        while value <= high + step * 1e-9, ticks.count < 50 {
            ticks.append(abs(value) < step * 1e-9 ? 0 : value)
            value += step
        }
        return ticks
    }

    static func logarithmic(_ low: Double, _ high: Double) -> [Double] {
        guard low > 0, high > low else { return [low] }
        return (floorLog10(low)...max(floorLog10(low), floorLog10(high))).map { pow10($0) }.filter { $0 >= low * 0.999 && $0 <= high * 1.001 }
    }

    /// What stands beside a linear axis: with at least so many significant digits, and enough to tell neighbours apart.
    static func labels(_ ticks: [Double], digits: Int) -> [String] {
        guard ticks.count > 1 else { return ticks.map { Format.significant($0, digits) } }
        let largest = ticks.reduce(0) { max($0, abs($1)) }
        let enough = max(digits, floorLog10(largest) - floorLog10(ticks[1] - ticks[0]) + 1)
        return ticks.map { Format.significant($0, enough) }
    }

    private static func floorLog10(_ value: Double) -> Int {
        var (exponent, rest) = (0, value)
        guard value > 0, value.isFinite else { return 0 }
        while rest >= 10, exponent < 400 { (rest, exponent) = (rest / 10, exponent + 1) }
        while rest < 1, exponent > -400 { (rest, exponent) = (rest * 10, exponent - 1) }
        return exponent
    }

    private static func pow10(_ exponent: Int) -> Double {
        var result = 1.0
        for _ in 0..<abs(exponent) { result = exponent > 0 ? result * 10 : result / 10 }
        return result
    }
}
