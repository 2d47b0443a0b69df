import CommandLanguage
import Imaging
import Learning
import Presentation

extension DatasetObject {
    func assignableType(at path: Path, in session: Session) throws -> ParameterType? {
        switch try DatasetPlace(dataset, path, of: self).property {
        case .mode: .choice(["RGB", "L"])
        case .exif: .choice(["apply", "ignore"])
        case .classes: .oneOf([.map(.oneOf([.text, .none])), .list(.text)])
        case .label, .name: .text
        default: nil
        }
    }

    func assign(_ value: Value, at path: Path, in session: Session) throws {
        let place = try DatasetPlace(dataset, path, of: self)
        var changed = self
        var lines: [String] = []
        var notice: Notice?
        // An item of a list is no place of its own, and what a part has is not for some of its pictures.
        guard place.item == nil, place.indices == nil || place.sample != nil else { throw Self.fixed(path, place) }
        switch place.property {
        case .transform:
            let splits = place.split.map { [$0] } ?? dataset.splits
            let pipeline = try Self.pipeline(of: value, path)
            if let defect = Self.channelDefect(of: pipeline, dataset) {
                throw Diagnostic(.value, defect, at: path.span, hint: Self.channelWays(dataset, path.root))
            }
            for split in splits { changed.dataset.transforms[split] = pipeline }
            let names = splits.map(\.rawValue).joined(separator: ", ")
            lines.append(
                pipeline.map { "\(path): \(Format.counted($0.transforms.count, "step")) for \(names)\(Self.result(of: $0, changed.dataset))" }
                    ?? "\(path): none; the network's own preparation is used for \(names)")
            notice = session.agreementNotice(changed.dataset, splits) ?? Self.chanceNotice(changed.dataset, splits, hasNetwork: session.currentNetwork != nil)
        case .mode:
            changed.dataset = dataset.decoded(as: value.text == "L" ? .grey : .rgb)
            lines.append("\(path): pictures are read as \(value.text ?? ""), \(value.text == "L" ? "1 channel" : "3 channels")")
            // Mode and transforms are changed one after the other: what doesn't fit now may fit soon.
            let misfits = changed.dataset.splits.compactMap { split in
                Self.channelDefect(of: changed.dataset.transform(split), changed.dataset).map { "\(path.root).\(split.rawValue).transform: \($0)" }
            }
            if !misfits.isEmpty { notice = Notice(.warning, misfits) }
        case .exif:
            changed.dataset.decoding.exif = value.text == "ignore" ? .ignore : .apply
            lines.append("\(path): EXIF orientation is \(value.text == "ignore" ? "ignored" : "applied")")
        case .classes:
            changed.dataset = try DataOptions.changingClasses(of: dataset, to: value)
            let gone = dataset.count - changed.dataset.count
            lines.append(
                "\(path.root): \(Format.counted(changed.dataset.classes.count, "class", "classes")) now: \(Session.listed(changed.dataset.classes)); \(Format.counted(changed.dataset.count, "picture"))\(gone > 0 ? ", \(Format.count(gone)) left out" : "")"
            )
        case .label:
            guard let split = place.split, let index = place.sample, let name = value.text else { throw Self.fixed(path, place) }
            let sample = SampleObject(dataset, split, index)
            changed.dataset = try dataset.relabelling([sample.sample.path], as: name)
            lines.append("\(dataset.relativePath(sample.sample.path)): \(sample.label) → \(name)")
        case .name:
            changed.dataset.name = value.text ?? dataset.name
            lines.append("\(path): \(changed.dataset.name)")
        default: throw Self.fixed(path, place)
        }
        if changed.dataset.fingerprint != dataset.fingerprint || changed.dataset.decoding != dataset.decoding {
            (changed.check, changed.statistics) = (nil, nil)
        }
        session.put(changed, as: path.root)
        session.say(.done, lines: lines)
        if let notice { session.output.show(notice.bundle) }
    }

    /// Why the pictures of a data set can't take a pipeline, as far as their channels say it.
    private static func channelDefect(of pipeline: TransformPipeline?, _ data: Dataset) -> String? {
        do throws(TransformError) { try pipeline?.validate(channels: data.decoding.mode == .rgb ? 3 : 1) } catch { return "\(error)" }
        return nil
    }

    private static func channelWays(_ data: Dataset, _ name: String) -> String {
        let one = "Give one value for each channel, or one for all: `Normalize([0.5], [0.5])`."
        return data.decoding.mode == .rgb ? one : "Put `Grayscale(3)` before it, or read colour pictures: `\(name).mode = RGB`. \(one)"
    }

    /// The refusal of a place that stays as it is, with those that don't.
    private static func fixed(_ path: Path, _ place: DatasetPlace) -> Diagnostic {
        let root = path.root
        var hint = "What can: \(root).transform, \(root).train.transform, \(root).classes, \(root).mode, \(root).exif, \(root).train[0].label."
        if place.sample == nil, let property = place.property, property == .transform || property == .classes {
            let split = property == .transform ? place.split.map { ".\($0.rawValue)" } ?? "" : ""
            hint = "Assign the whole list: `\(root)\(split).\(property.rawValue) = […]`."
        }
        return Diagnostic(.type, "`\(path)` can't be given another value.", at: path.span, hint: hint)
    }

    /// The pipeline that a list of transforms is; `nil` for `none`.
    static func pipeline(of value: Value, _ path: Path) throws -> TransformPipeline? {
        let values =
            switch value {
            case .none: [Value]?.none
            case .list(let items): items
            default: [value]
            }
        guard let values else { return nil }
        let transforms = try values.map { item -> Transform in
            if let step = item.object as? TransformObject { return step.transform }
            if item.object is MixObject {
                throw Diagnostic(
                    .type, "\(item.source) mixes the pictures of a batch: it is no step of a transform.", at: path.span,
                    hint: "Give it to the training: `train net on \(path.root) mix=\(item.source)`.")
            }
            throw Diagnostic(
                .type, "A transform is a list of steps such as [CenterCrop(224), ToTensor], and \(item.described) is no step.", at: path.span)
        }
        return try TransformPipeline(transforms)
    }

    /// What comes out: `→ 3×224×224`.
    private static func result(of pipeline: TransformPipeline, _ data: Dataset) -> String {
        guard let size = pipeline.fixedSize else { return "" }
        let random = pipeline.transforms.count(where: \.isRandom)
        return " → \(pipeline.outputChannels(data.decoding.mode == .rgb ? 3 : 1))×\(size.height)×\(size.width)\(random > 0 ? ", \(random) of them random" : "")"
    }

    /// Without a network nothing can be compared, but chance in evaluation is still seldom meant.
    private static func chanceNotice(_ data: Dataset, _ splits: [Split], hasNetwork: Bool) -> Notice? {
        guard !hasNetwork else { return nil }
        let lines = splits.filter { $0 != .train }.compactMap { split in
            data.transform(split)?.firstRandomName.map { LearningWarning.randomInEvaluation(split, transform: $0).description }
        }
        return lines.isEmpty ? nil : Notice(.warning, lines)
    }
}

extension Value {
    /// The text, if it is one.
    var text: String? { if case .text(let text) = self { text } else { nil } }
}

extension LoaderObject {
    func assignableType(at path: Path, in session: Session) throws -> ParameterType? {
        path.segments == ["batch_size"] ? .integer(1...65536) : try DatasetObject(dataset).assignableType(at: path, in: session)
    }

    func assign(_ value: Value, at path: Path, in session: Session) throws {
        if path.segments == ["batch_size"], case .integer(let size) = value {
            var changed = self
            changed.options.batchSize = size
            session.put(changed, as: path.root)
            return session.say(.done, "\(path.root): \(changed.summary)")
        }
        throw Diagnostic(
            .type, "`\(path)` belongs to the loader's dataset, which is a copy of its own.", at: path.span,
            hint: "Change the dataset, then make the loader again: `\(path.root) = DataLoader(…)`.")
    }
}
