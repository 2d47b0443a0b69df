import CommandLanguage
import Imaging

/// What mixes the pictures of a batch: MixUp, CutMix.
struct MixObject: SessionObject {
    var mix: BatchMix
    let kind = "mix"
    var summary: String { mix.source }
}

extension BatchMix {
    /// The mix as one would write it.
    var source: String {
        switch self {
        case .mixUp(let alpha), .cutMix(let alpha): "\(name)(alpha=\(Value.written(alpha)))"
        }
    }
}
