/// The language itself in a few pages: what `help language` shows, and what the reference begins with.
public struct Guide: Sendable {
    /// One page.
    public struct Page: Sendable {
        public let name: String
        public let summary: String
        /// Paragraphs in Markdown.
        public let text: [String]
        /// Cells that work, each run by a test after the setup `net`.
        public let examples: [String]
        /// Other words that lead here.
        let aliases: [String]
    }

    /// The page of this name.
    static func page(_ name: String) -> Page? { pages.first { $0.name == name || $0.aliases.contains(name) } }

    public static let pages = [
        Page(
            name: "lines", summary: "Statements, comments, and lines that go on.",
            text: [
                "A cell has one statement a line; `;` separates statements on a line, and `#` begins a comment. A line goes on while a bracket is "
                    + "open, or after a `\\` at its end.",
                "A statement is a verb with its arguments, `name = value`, `path = value`, or a value or path alone, which is shown. A question mark "
                    + "behind it, or before it, explains instead: `freeze?`, `net.layer4?`, `?SGD`.",
                "Statements run in order up to the first that fails. That one changes nothing; those before it are done. A cell with an error of syntax is "
                    + "not begun at all.",
            ],
            examples: [
                "rate = 0.1; print rate / 10   # two statements",
                "bees.train.transform = [RandomResizedCrop(64),\n    RandomHorizontalFlip, ToTensor]",
            ],
            aliases: ["statements", "comments", "cells", "syntax"]),
        Page(
            name: "values", summary: "Numbers, texts, ranges, sizes, lists, maps, and arithmetic.",
            text: [
                "Numbers are written `5`, `0.001`, `1e-3` or `20%`; truth `true` and `false`; nothing `none`; texts in `\"` or `'`; ranges `0.8..1.0`; sizes "
                    + "`224x224`, width first; lists `[1, 2]`; maps `{\"layer4.*\": 1e-4}`.",
                "`+`, `-`, `*` and `/` compute with numbers, brackets group, and `+` joins texts. `list[0]` is the first item, `list[-1]` the last, `list[0..2]` the "
                    + "first two.",
                "`name = value` keeps a value or an object for the whole session. Names are of letters, digits and `_`, also letters beyond English. `trainer`, the "
                    + "shared trainer, and `classes`, the number of classes of the data in use, are always there.",
            ],
            examples: [
                "rates = [0.1, 0.1 / 10]; print rates[-1]", "share = 20%; print share * 50", "größe = 64x48; print größe",
            ],
            aliases: ["numbers", "texts", "strings", "ranges", "sizes", "lists", "maps", "literals", "arithmetic", "variables"]),
        Page(
            name: "paths", summary: "How to reach inside objects.",
            text: [
                "A dot goes into an object: `net.layer4.1.conv2.weight`, `bees.train.transform`, `trainer.lr`. Numbers and keys in brackets choose: `bees.train[3]`, "
                    + "`bees.train[0..8]`, `bees.val[\"ants\"]`, `net.fc.weight[0]`; `[:]` is a whole axis.",
                "In the paths of a network `*` stands for one segment or a part of its name, `**` for any number of segments: `net.*.0.conv1`, "
                    + "`net.layer4.**.weight`. A layer's name stands for everything below it. `net.head` is the last layer, whatever the family calls it.",
                "A path alone on a line shows what it names; `path = value` replaces it, if it can be: `net.fc = Linear(classes)`.",
            ],
            examples: ["net.layer4.**.weight", "bees.train[0..4]", "trainer.lr = 0.01"],
            aliases: ["path", "wildcards", "patterns", "indices"]),
        Page(
            name: "arguments", summary: "How verbs and constructors are told what to do.",
            text: [
                "A verb takes its objects first, with the word between them that English wants, then options `name=value` and bare flags in any order: "
                    + "`train net on bees epochs=5`, `params net trainable`. `none` takes an option back to its default.",
                "A constructor takes its arguments in brackets, by place or by name: `SGD(0.1, momentum=0.9)`. With nothing to say it needs no brackets: `ToTensor`. "
                    + "Names and defaults are those of PyTorch and torchvision.",
                "Where one value is wanted and a list may be given, a single one needs no brackets. Tab shows what may come next, Shift-Tab what stands there.",
            ],
            examples: ["params net trainable", "opt = SGD(0.1, momentum=0.9)"],
            aliases: ["options", "flags", "calls", "parameters of verbs"]),
    ]
}
