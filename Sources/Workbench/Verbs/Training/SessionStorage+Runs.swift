import Foundation
import Learning

/// Folders of checkpoints, one for each training that began from nothing.
extension SessionStorage {
    /// Trainings whose checkpoints are kept; older ones make room.
    static let keptTrainings = 3

    /// A folder for the checkpoints of a new training. Nothing is made yet.
    ///
    /// - Parameter origin: the folder of the training that it goes on from, which stays.
    func newCheckpointFolder(for name: String, from origin: String?) -> String {
        removeOldTrainings(except: origin)
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyyMMdd-HHmmss"
        let stem = "\(checkpoints)/\(formatter.string(from: Date()))-\(name)"
        var folder = stem
        var number = 2
        while FileManager.default.fileExists(atPath: folder) {
            folder = "\(stem)-\(number)"
            number += 1
        }
        return folder
    }

    /// The folders of trainings, the one stored to last at the end.
    var trainings: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
        let folders = names.filter { !$0.hasPrefix(".") }.map { "\(checkpoints)/\($0)" }
        return folders.compactMap { folder -> (String, Date)? in
            guard let newest = checkpointDates(in: folder).max() else { return nil }
            return (folder, newest)
        }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    }

    private func checkpointDates(in folder: String) -> [Date] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix("epoch-") && $0.hasSuffix(".safetensors") }.compactMap { name in
            let facts = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            return facts?[.modificationDate] as? Date
        }
    }

    /// Makes room for one more training.
    private func removeOldTrainings(except origin: String?) {
        for folder in trainings.dropLast(Self.keptTrainings - 1) where folder != origin { try? FileManager.default.removeItem(atPath: folder) }
    }
}
