import CommandLanguage
import Learning
extension DatasetObject {
    func indices(of part: DatasetPart, _ path: Path) throws -> [Int] { throw noPart(path) }
}
