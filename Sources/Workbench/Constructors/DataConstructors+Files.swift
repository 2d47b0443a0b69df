import CommandLanguage
import Learning

/// `ImageFolder("bees")`
enum ImageFolder: Constructor {
    static let declaration = ConstructorDeclaration(
        "ImageFolder", kind: "dataset", "Pictures in a folder for each class.",
        discussion: """
            The folder holds `train` and `val` (and `test`) folders with a folder for each class in each, or class folders right away: then \
            a part of each class is set apart for validation, decided by the seed and each file's name. Classes are sorted as \
            torchvision sorts them; validation pictures are labelled with the training classes. Hidden files and folders \
            (`.ipynb_checkpoints`) are no classes. GIFs are passed over, as torchvision does, unless `filter` names them: \
            `filter=["*.jpg", "*.gif"]`. Nothing is decoded yet.

            A split stored by `split` and files put aside by `quarantine` are remembered in the folder.
            """,
        parameters: [.required("root", .file(), "the folder")] + DataOptions.parameters,
        examples: ["pets = ImageFolder(\"pictures\")", "pets = ImageFolder(\"pictures\", split=30%, seed=1, filter=\"*.png\")"], setup: "data")

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        let dataset = try Dataset.imageFolder(
            try call.text("root"), shares: try DataOptions.shares(call), seed: DataOptions.seed(call, session),
            filter: try DataOptions.filter(call), isInterrupted: session.interruptionCheck)
        return try DataOptions.finished(dataset, call)
    }
}

/// `ImageList("labels.csv")`
enum ImageList: Constructor {
    private static let column = ParameterType.oneOf([.text, .count])

    static let declaration = ConstructorDeclaration(
        "ImageList", kind: "dataset", "Pictures and labels in a table (CSV).",
        discussion: """
            Paths are relative to the table's folder, or to `root`. Columns are given by their heading or by their position from 0; without, \
            `image`, `path` or `file` and `label` or `class` are looked for, else the first two columns are taken. Fields may be \
            quoted; the separator may be a comma, a semicolon or a tab.
            """,
        parameters: [
            .required("csv", .file(["csv", "tsv", "txt"]), "the table"),
            .option("image", column, defaultText: "image, path, file, else the first", "the column of paths"),
            .option("label", column, defaultText: "label, class, else the second", "the column of classes"),
            .option("part", column, defaultText: "split, if there is one", "the column that says train, val or test"),
            .option("root", .file(), defaultText: "the table's folder", "where relative paths begin"),
        ] + DataOptions.parameters,
        examples: ["listed = ImageList(\"labels.csv\")", "listed = ImageList(\"labels.csv\", image=0, label=\"label\", split=50%)"], setup: "data")

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        func column(_ name: String) -> Dataset.Column? {
            call.optionalText(name).map(Dataset.Column.name) ?? call.optionalInteger(name).map(Dataset.Column.position)
        }
        let dataset = try Dataset.imageList(
            try call.text("csv"), image: column("image"), label: column("label"), split: column("part"), root: call.optionalText("root"),
            shares: try DataOptions.shares(call), seed: DataOptions.seed(call, session), filter: try DataOptions.filter(call))
        return try DataOptions.finished(dataset, call)
    }
}

/// `ImagePattern("pets/*.jpg", label="^(.+)_")`
enum ImagePattern: Constructor {
    static let declaration = ConstructorDeclaration(
        "ImagePattern", kind: "dataset", "Pictures whose class stands in their file's name.",
        discussion: """
            `label` is a regular expression; what its first group matches is the class. It is searched for in the file's name, or in the \
            path below the pattern's folder if it contains a slash: `label="^([^/]+)/"` is the folder's name.
            """,
        parameters: [
            .required("glob", .file(), "which files: \"pets/*.jpg\", \"pets/**/*.png\", or a folder"),
            .required("label", .text, "a regular expression with the class in round brackets", aliases: ["pat"]),
        ] + DataOptions.parameters,
        examples: ["named = ImagePattern(\"pictures/**/*.png\", label=\"([^/]+)/[^/]+$\")"], setup: "data")

    static func make(_ call: BoundCall, in session: Session) throws -> Value {
        let dataset = try Dataset.imagePattern(
            try call.text("glob"), label: try call.text("label"), shares: try DataOptions.shares(call), seed: DataOptions.seed(call, session),
            filter: try DataOptions.filter(call), isInterrupted: session.interruptionCheck)
        return try DataOptions.finished(dataset, call)
    }
}
