import Foundation
import Testing

@testable import Presentation

@Suite struct PresentationTests {
    static let hostile = "<script>alert('x')</script>&\"\u{1B}[31m"

    @Test func markupIsEscapedEverywhere() {
        let hostile = Self.hostile
        let table = Table([.init(hostile)], caption: hostile, rows: [[.init(hostile, bar: 0.5)]], footer: [.init(hostile)])
        let report = Report([
            .heading(hostile), .text(hostile), .facts([(hostile, hostile)]), .table(table), .notice(Notice(.warning, [hostile])),
            .images(ImageGrid([.init([1, 2, 3], caption: hostile)], title: hostile)),
            .tree(TreeView(columns: [hostile], roots: [.init(hostile, facts: [hostile], children: [.init(hostile)])])),
            .chart(Chart(.lines([.init(hostile, values: [1, 2])]), title: hostile, x: hostile, y: hostile, markers: [(1, hostile)])),
            .chart(Chart(.bars(labels: [hostile], series: [(hostile, [1])]))), .chart(Chart(.matrix(rows: [hostile], columns: [hostile], shares: [[1]], texts: [[hostile]]))),
        ])
        #expect(!report.html.markup.contains("<script"))
        #expect(!report.html.markup.contains("\u{1B}"))
        #expect(report.html.markup.contains("&lt;script&gt;"))
        let widget = Widget.label(hostile).html
        #expect(widget.contains("&lt;script&gt;") && !widget.contains("'") && !widget.contains("\u{1B}"))
    }

    @Test func proseShowsWhatIsBetweenBackticksAsCode() {
        #expect(HTML(prose: "try `a<b>` & `c`").markup == "try <code>a&lt;b&gt;</code> &amp; <code>c</code>")
        #expect(HTML(prose: "one ` alone").markup == "one ` alone")
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"),
    ])
    func counts(_ value: Int, _ text: String) { #expect(Format.count(value) == text) }

    @Test(arguments: [(0.0, 3, "0"), (1234.5678, 3, "1235"), (0.00123456, 3, "0.00123"), (4.65, 3, "4.65"), (1.2e-5, 2, "1.2e-05"), (-0.5, 3, "-0.5"), (3e20, 3, "3e+20"), (1e-5, 4, "1e-05")])
    func significantDigits(_ value: Double, _ digits: Int, _ text: String) { #expect(Format.significant(value, digits) == text) }

    @Test(arguments: [(0.0004, "0.4 ms"), (0.02, "20 ms"), (0.44, "0.4 s"), (12.4, "12 s"), (185, "3 min 05 s"), (3720, "1 h 02 min"), (.infinity, "–")])
    func durations(_ seconds: Double, _ text: String) { #expect(Format.duration(seconds) == text) }

    @Test func shortForms() {
        #expect(Format.short(4_652_008) == "4.65 M")
        #expect(Format.short(9999) == "9,999")
        #expect(Format.bytes(18_826_032) == "18.8 MB")
        #expect(Format.percent(0.9542) == "95.4 %")
        #expect(Format.counted(1, "picture") == "1 picture")
        #expect(Format.counted(1200, "class", "classes") == "1,200 classes")
        #expect(Format.fixed(-0.0001, 2) == "0.00" || Format.fixed(-0.0001, 2) == "-0.00")
    }

    @Test func tablesAlignAndFold() {
        var table = Table([.init("class"), .init("n", .right)], rows: [["ants", "123"], ["bees", "1"]], footer: ["all", "124"])
        #expect(table.plain == "class    n\n─────  ───\nants   123\nbees     1\n─────  ───\nall    124")
        table.rows = (0..<100).map { [Table.Cell("row \($0)"), Table.Cell("\($0)")] }
        table.limit = 10
        #expect(table.plain.contains("… 90 more rows …"))
        #expect(table.html.markup.contains("90 more rows"))
        #expect(table.plain.split(separator: "\n").count == 2 + 11 + 2)
    }

    @Test func chartsOfNothingAndOfNonsense() {
        for values in [[], [1], [2, 2, 2], [Double.nan, .infinity], [-1e300, 1e300]] {
            let chart = Chart(.lines([.init("loss", values: values)]))
            #expect(chart.svg.hasPrefix("<svg") && !chart.svg.contains("nan") && !chart.svg.contains("inf"))
            #expect(Chart.histogram(of: values.map { Float($0) }).svg.hasPrefix("<svg"))
        }
        for value: Float in [1e17, -1e17, 1e20, 3.4e38, -3.4e38] {
            let histogram = Histogram([value, value], bins: 40)
            #expect(histogram.counts.reduce(0, +) == 2 && histogram.low < histogram.high)
            #expect(Chart.histogram(of: [value, value]).svg.hasPrefix("<svg"))
        }
        #expect(Histogram([-3.4e38, 3.4e38], bins: 2).counts == [1, 1])
        #expect(Chart(.bars(labels: [], series: [])).svg.hasPrefix("<svg"))
        #expect(Chart(.matrix(rows: [], columns: [], shares: [], texts: [])).svg.hasPrefix("<svg"))
    }

    /// Markup of drawings is cut out of notebooks that aren't trusted, and its words are left.
    @Test func drawingsAreWholePicturesInPages() {
        let chart = Chart(.lines([.init("loss", values: [4, 2, 1])]), title: "\"loss\" & more")
        let page = chart.html.markup
        #expect(page.hasPrefix("<img src=\"data:image/svg+xml;base64,PHN2Zy") && !page.contains("<svg"))
        #expect(page.contains("alt=\"&quot;loss&quot; &amp; more\""))
        #expect(chart.bundle.contents["text/html"] == .text(page) && chart.bundle.contents["image/svg+xml"] == .text(chart.svg))
        #expect(chart.svg.contains(HTML.colorOfPage))
        let grey = chart.svg.replacing(HTML.colorOfPage, with: "color:#757575").replacing(" fill-opacity=\"0.85\"", with: "")
        #expect(page.contains(Base64.encode(Array(grey.utf8))))
    }

    /// The grey of pictures has no contrast to spare: words are drawn at full strength, and nothing else is changed.
    @Test func wordsOfPicturesAreSolid() throws {
        let svg = "<svg><rect fill-opacity=\"0.5\"/><text x=\"1\" fill-opacity=\"0.85\" y=\"2\">fill-opacity=\"1\" &gt;</text><text>b</text></svg>"
        let page = HTML.drawing(svg: svg, description: "words").markup
        let picture = try #require(page.split(separator: "\"").dropFirst().first?.split(separator: ",").last)
        let text = String(decoding: try #require(Data(base64Encoded: String(picture))), as: UTF8.self)
        #expect(text == "<svg><rect fill-opacity=\"0.5\"/><text x=\"1\" y=\"2\">fill-opacity=\"1\" &gt;</text><text>b</text></svg>")
    }

    /// WCAG asks for 4.5 to 1. Cells are opaque, so that they are the same on every page.
    @Test func figuresInMatricesCanBeRead() {
        #expect(Shade("#0072b2").text == "#0072b2" && Shade("#0072b2", strength: 0).text == "#ffffff")
        #expect(abs(Shade("#000000").contrast(with: Shade("#ffffff")) - 21) < 1e-9)
        for color in [Palette.series[0], Palette.series[5]] {
            for percent in 0...100 {
                let ground = Shade(color, strength: 0.12 + 0.88 * Double(percent) / 100)
                #expect(ground.contrast(with: ground.ink) >= 4.5)
            }
        }
        #expect(Shade.nothing.contrast(with: Shade.faint) >= 4.5)
        let matrix = Chart(.matrix(rows: ["a", "b"], columns: ["a", "b"], shares: [[1, 0], [0.5, 0.5]], texts: [["2", "0"], ["1", "1"]]))
        let cells = matrix.svg.components(separatedBy: "<rect ").dropFirst()
        #expect(cells.count == 4 && cells.allSatisfy { !$0.components(separatedBy: ">")[0].contains("opacity") })
        #expect(matrix.svg.contains("fill=\"#666666\" fill-opacity=\"1.0\">0</text>"))
    }

    /// Drawings are XML, which holds less than pages do.
    @Test func whatNoXMLMayHoldIsReplaced() {
        #expect(HTML.escape("a\u{FFFE}b\u{FFFF}c\u{B}d\u{7F}e\r\n\t\u{1FFFE}") == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e\u{FFFD}\n\t\u{1FFFE}")
    }

    @Test func picturesOfWidgetsSayWhatTheyAre() {
        #expect(Widget.image([1, 2, 3]).html.contains("alt=\"picture\""))
        #expect(Widget(.image(bytes: [1], format: .png), text: "a \"bee\"").html.contains("alt=\"a &quot;bee&quot;\""))
    }

    /// A front-end without HTML, such as an export to PDF, gets a report's drawing or picture where that is all of it.
    @Test func reportsOfOneDrawingBringItAlong() {
        let chart = Chart(.lines([.init("loss", values: [4, 2, 1])]))
        #expect(Report([.row([chart])]).bundle.contents["image/svg+xml"] == .text(chart.svg))
        #expect(Report([.row([chart, chart])]).bundle.contents["image/svg+xml"] == nil)
        // Words beside it would be lost.
        #expect(Report([.text("a"), .chart(chart)]).bundle.contents["image/svg+xml"] == nil)
        let jpeg: [UInt8] = [0xFF, 0xD8, 1]
        let grid = ImageGrid([.init(jpeg, caption: "a")])
        #expect(grid.bundle.contents["image/jpeg"] == .bytes(jpeg))
        #expect(Report([.images(grid)]).bundle.contents["image/jpeg"] == .bytes(jpeg))
        #expect(Report([.text("a"), .images(grid)]).bundle.contents["image/jpeg"] == nil)
    }

    @Test(arguments: [(2.0062, 2.0211), (0, 1), (1999.5, 2000.5), (-0.001, 0.001), (1e-7, 3e-7), (0, 1e6)])
    func neighboursOnAnAxisDiffer(_ low: Double, _ high: Double) {
        let ticks = Ticks.linear(low, high, count: 4)
        let labels = Ticks.labels(ticks, digits: 3)
        #expect(ticks.count > 1 && Set(labels).count == ticks.count, "\(labels)")
        for (tick, label) in zip(ticks, labels) { #expect(abs((Double(label) ?? .nan) - tick) <= (high - low) * 1e-3) }
    }

    @Test func plainCharts() {
        let bars = Chart(.bars(labels: ["ants", "bees"], series: [("n", [2, 1])]), title: "counts")
        #expect(bars.plain == "counts\nants  ██████████████████████████████ 2\nbees  ███████████████ 1")
        #expect(Chart(.lines([.init("loss", values: [4, 2, 1])])).plain == "loss  █▃▁  4 → 1")
    }

    @Test func treesFoldByDepth() {
        let tree = TreeView(
            columns: ["kind"], roots: [.init("net", facts: ["ResNet"], children: [.init("layer1", facts: ["Sequential"], children: [.init("0", facts: ["Block"])])])],
            depth: 1)
        #expect(tree.plain == "               kind\n─────────────  ──────────\nnet            ResNet\n  layer1 (+1)  Sequential")
    }

    /// A leaf and a branch of any depth leave the columns the same room to their right.
    @Test func treesColumnsStandBelowEachOther() {
        let tree = TreeView(
            columns: ["kind", "n"],
            roots: [.init("net", facts: ["ResNet", "2"], children: [.init("conv", facts: ["Conv2d(3, 64, 7)", "1"]), .init("layer", facts: ["Row", ""], children: [.init("0", facts: ["ReLU", ""])])])])
        let html = tree.html.markup
        func numbers(after text: String, _ unit: String) -> [Int] {
            html.components(separatedBy: text).dropFirst().compactMap { Int($0.components(separatedBy: unit)[0]) }
        }
        // Header, net, conv, layer, 0: name widths shrink by the indentation; the columns' do not.
        #expect(numbers(after: "inline-block;width:", "px") == [83, 83, 65, 65, 47])
        #expect(numbers(after: "inline-block;width:", "ch") == [17, 2, 17, 2, 17, 2, 17, 2, 17, 2])
        #expect(html.contains("white-space:nowrap") && html.contains("list-style-position:outside"))
    }

    @Test func picturesAreBounded() {
        let grid = ImageGrid((0..<5).map { ImageGrid.Item([UInt8](repeating: 0, count: 3 << 20), caption: "\($0)") })
        #expect(grid.plain.contains("3 more pictures"))
    }
}
