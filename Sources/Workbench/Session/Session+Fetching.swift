import Checkpoints
import CommandLanguage
import Learning
import ModelZoo
import Presentation

extension Session {
    /// The path of a published file: found on this machine, else fetched with a bar that shows how far it is.
    func fetch(_ file: WeightsFile, for name: String) throws -> String {
        if let found = weights.find(file) {
            try weights.verify(file, at: found)
            if found != weights.path(of: file) { say(.info, "\(name): \(found), verified by its SHA-256") }
            return found
        }
        let caption = "\(name): \(file.fileName)"
        let view = output.live(.progress(value: 0, maximum: 1, caption: "\(caption): connecting"))
        do throws(WeightsError) {
            var last = 0
            let path = try weights.fetch(
                file,
                progress: { progress in
                    last = progress.done
                    let size = progress.total.map { " of \(Format.bytes($0))" } ?? ""
                    view.update(
                        .progress(
                            value: Double(progress.done), maximum: Double(progress.total ?? max(progress.done * 2, 1)),
                            caption: "\(caption): \(Format.bytes(progress.done))\(size)"))
                }, isInterrupted: { isInterrupted })
            view.finish(.progress(value: 1, maximum: 1, caption: "\(caption): \(Format.bytes(last)) fetched and verified, kept at \(path)", mood: .done))
            return path
        } catch {
            view.finish(.progress(value: 0, maximum: 1, caption: caption, mood: error == .interrupted ? .stopped : .failed))
            throw error
        }
    }
}

extension ModelState {
    /// The published entry that its weights are, untouched or trained on from; `nil` for other weights.
    var publishedWeights: (tag: String, top1: Double, preprocessing: Preprocessing)? {
        guard weights.hasPrefix("imagenet"), let architecture = ModelZoo[architecture] else { return nil }
        let tag = weights.split(separator: " ").last.map(String.init) ?? ""
        guard let found = architecture.weights.first(where: { $0.tag == tag }) ?? architecture.weights.first else { return nil }
        return (found.tag, found.top1, found.preprocessing)
    }
}
