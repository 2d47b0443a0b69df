import Checkpoints
public import CommandLanguage
public import Foundation
import ModelZoo

/// Published weights of the zoo's networks on this machine.
public enum PretrainedWeights {
    /// Fetches the weights that `weights=imagenet` means, unless they are here.
    ///
    /// - Parameter progress: told bytes that have come, and all of them where known.
    public static func fetch(
        _ network: String, environment: [String: String] = ProcessInfo.processInfo.environment,
        progress: (_ done: Int, _ total: Int?) -> Void = { _, _ in }
    ) throws(Diagnostic) -> (path: String, isNew: Bool) {
        guard let architecture = ModelZoo[network] else {
            let names = ModelZoo.architectures.map(\.name)
            throw Diagnostic(.unknownName, "There is no network `\(network)`.", suggestions: Spelling.nearest(to: network, among: names))
        }
        let store = WeightsStore(environment: environment)
        let weights = try published(architecture).file
        let isNew = store.find(weights) == nil
        do throws(WeightsError) {
            let path = try store.fetch(weights, progress: { progress($0.done, $0.total) })
            return (path, isNew)
        } catch { throw Diagnostic(.file, error.description) }
    }

    /// The published weights of an architecture that have this tag; without one of that tag the default ones.
    static func published(_ architecture: Architecture, tag: String? = nil) throws(Diagnostic) -> PublishedWeights {
        guard let weights = architecture.weights.first(where: { $0.tag == tag }) ?? architecture.weights.first else {
            throw Diagnostic(.state, "No weights were published for \(architecture.name).", hint: "`weights=none` begins with random ones.")
        }
        return weights
    }
}
