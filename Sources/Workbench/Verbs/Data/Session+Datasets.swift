import CommandLanguage
import Imaging
import Learning
import Presentation

extension Session {
    /// Mean and deviation of the pictures of a part, under a bar.
    func statistics(of part: DatasetPart, name: String) throws -> ChannelStatistics {
        guard part.count > 0 else { throw LearningError.emptySplit(part.split, have: part.dataset.splits) }
        return try withProgress("Reading the \(part.split.rawValue) pictures of \(name)", count: part.count) { progress in
            try ChannelStatistics(part, progress: progress, isInterrupted: interruptionCheck)
        }
    }

    /// The data set that a verb changes, with its name: a loader's data set is a copy and can't be changed.
    func changeableDataset(_ path: Path?, for verb: String) throws -> (name: String, object: DatasetObject) {
        let (name, _) = try dataset(path, for: verb)
        guard let object = object(named: name) as? DatasetObject else {
            throw Diagnostic(
                .type, "`\(name)` is a loader, and its dataset a copy of its own.", at: path?.span,
                hint: "\(verb) the dataset, then make the loader again: `\(name) = DataLoader(…)`.")
        }
        return (name, object)
    }

    /// The pipeline that a part's pictures take, and whose it is: its own, that of the network in use, or none.
    func pipeline(of part: DatasetPart) -> (pipeline: TransformPipeline, origin: String)? {
        if let own = part.transform { return (own, "\(part.split.rawValue) transform") }
        return currentNetwork.map { ($0.network.model.preprocessing, "\($0.name)'s own preparation") }
    }
}

extension Session {
    /// The pictures that a path names, also where its root stands for a part or a picture by itself; a data set alone stands for its part
    /// `otherwise`.
    func pictures(_ path: Path?, for verb: String, otherwise: Split = .train) throws -> (name: String, part: DatasetPart, indices: [Int]?) {
        if let path {
            var place: DatasetPlace?
            switch object(named: path.root) {
            case let object as DatasetPartObject: place = DatasetPlace(object.dataset, object.split, indices: object.indices)
            case let object as SampleObject: place = DatasetPlace(object.dataset, object.split, sample: object.index)
            default: break
            }
            if var place, let object = object(named: path.root), let split = place.split {
                try place.follow(path, of: object)
                guard place.property == nil else { throw object.noPictures(path) }
                return (path.root, place.dataset[split], place.sample.map { [$0] } ?? place.indices)
            }
        }
        return try part(path, for: verb, otherwise: otherwise)
    }
}
