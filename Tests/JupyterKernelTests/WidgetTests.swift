import JupyterProtocol
import Presentation
import Testing

@testable import JupyterKernel

/// Widgets and the comms that front-ends speak of them.
@Suite struct WidgetTests {
    @Test func aBarIsOpenedShownUpdatedAndLeftAtItsEnd() {
        let bench = Bench()
        let lines = bench.run("bar 500")
        #expect(
            lines.prefix(6) == [
                "a iopub busy", "a iopub execute_input 1 bar 500", "a iopub comm_open w1 jupyter.widget LayoutModel",
                "a iopub comm_open w2 jupyter.widget ProgressStyleModel",
                "a iopub comm_open w3 jupyter.widget FloatProgressModel",
                "a iopub display_data ░░░░░░░░░░░░░░░░░░░░░░░░ 0% #d1",
            ])
        #expect(
            lines.suffix(4) == [
                #"a iopub comm_msg w3 update {"value":500.0}"#, "a iopub update_display_data ████████████░░░░░░░░░░░░ 50% #d1",
                #"a shell execute_reply ok {"execution_count":1,"user_expressions":{},"payload":[]}"#, "a iopub idle",
            ], "the last state is sent, and stays in front-ends without widgets")
        #expect(lines.count < 20, "of five hundred updates a few are sent")

        let opened = bench.sent.filter { $0.type == "comm_open" }
        #expect(opened.allSatisfy { $0.metadata == ["version": "2.1.0"] && $0.content["target_module"] == .null })
        let state = opened[2].content["data"]?["state"]
        #expect(
            state?["layout"] == .string("IPY_MODEL_" + bench.id("w1"))
                && state?["style"] == .string("IPY_MODEL_" + bench.id("w2")))
        #expect(
            state?["_model_module"] == "@jupyter-widgets/controls" && state?["_model_module_version"] == "2.0.0"
                && state?["max"] == 1000.0)
        let view = bench.last("display_data")?.content["data"]
        #expect(
            view?["application/vnd.jupyter.widget-view+json"]
                == ["model_id": .string(bench.id("w3")), "version_major": 2, "version_minor": 0])
        #expect(view?["text/html"]?.string?.contains("<progress") == true)
        let end = bench.last("update_display_data")?.content["data"]
        #expect(end?["application/vnd.jupyter.widget-view+json"] == nil && end?["text/html"]?.string?.contains("<progress") == true)
        #expect(bench.sent.filter { $0.type == "comm_open" }.contains { $0.content["data"]?["state"]?["description_width"] == "initial" })
    }

    @Test func anUnknownTargetIsClosedAtOnce() {
        let bench = Bench()
        #expect(
            bench.request("comm_open", ["comm_id": "c", "target_name": "nobody", "data": [:]]) == [
                "q iopub busy", "q iopub comm_close c", "q iopub idle",
            ])
        #expect(
            bench.request("comm_open", ["comm_id": "c", "target_name": "jupyter.widget"], id: "r") == [
                "r iopub busy", "r iopub comm_close c", "r iopub idle",
            ])
        #expect(
            bench.request("comm_msg", ["comm_id": "c", "data": ["method": "update"]], id: "s") == [
                "s iopub busy", "s iopub idle",
            ])
    }

    @Test func commsAreListed() {
        let bench = Bench()
        _ = bench.run("slider")
        func comms(_ content: JSON) -> Int? {
            _ = bench.request("comm_info_request", content)
            let comms = bench.last("comm_info_reply")?.content["comms"]?.object?.members
            #expect(comms?.allSatisfy { $0.value == ["target_name": "jupyter.widget"] } == true)
            return comms?.count
        }
        #expect(comms([:]) == 8 && comms(["target_name": "jupyter.widget"]) == 8 && comms(["target_name": "other"]) == 0)
    }

    /// A page that was loaded again asks for everything, and goes on.
    @Test func aPageIsBroughtBackToLifeDuringACell() {
        let bench = Bench()
        _ = bench.run("slider")
        bench.send("execute_request", Author.execute("gate one"), id: "b")
        bench.waitForGate("one")
        _ = bench.linesNow()
        #expect(
            bench.request("comm_open", ["comm_id": "control", "target_name": "jupyter.widget.control", "data": [:]]).prefix(2)
                == ["q iopub busy", "q iopub idle"])
        let lines = bench.request("comm_msg", ["comm_id": "control", "data": ["method": "request_states"]], id: "r")
        #expect(lines.suffix(3) == ["r iopub busy", "r iopub comm_msg control update_states 8 states", "r iopub idle"])
        let states = bench.last("comm_msg")
        #expect(states?.metadata == ["version": "1.0.0"] && states?.content["data"]?["buffer_paths"] == [])
        let slider = states?.content["data"]?["states"]?[bench.id("w3")]
        #expect(
            slider?["model_name"] == "IntSliderModel" && slider?["state"]?["value"] == 3
                && slider?["model_module_version"] == "2.0.0")
        #expect(
            bench.request("comm_msg", ["comm_id": .string(bench.id("w3")), "data": ["method": "request_state"]], id: "s").contains
            { $0.hasPrefix("s iopub comm_msg w3 update {") })
        #expect(bench.request("comm_close", ["comm_id": "control", "data": [:]], id: "t").contains("t iopub idle"))
        bench.stage.open("one")
        _ = bench.lines(untilIdle: "b")
    }

    @Test func aViewAnswersItsUserDuringACell() {
        let bench = Bench()
        let opened = bench.run("slider").filter { $0.contains("comm_open") }.map {
            $0.split(separator: " ").suffix(3).joined(separator: " ")
        }
        #expect(opened.count == 8, "\(opened)")
        bench.send("execute_request", Author.execute("gate one"), id: "b")
        bench.waitForGate("one")
        _ = bench.linesNow()
        let slider = opened.first { $0.hasSuffix("IntSliderModel") }.map { String($0.split(separator: " ")[0]) } ?? ""
        let label = opened.first { $0.hasSuffix("LabelModel") }.map { String($0.split(separator: " ")[0]) } ?? ""
        let button = opened.first { $0.hasSuffix("ButtonModel") }.map { String($0.split(separator: " ")[0]) } ?? ""
        func send(_ model: String, _ data: JSON, _ id: String) -> [String] {
            bench.request("comm_msg", ["comm_id": .string(bench.id(model)), "data": data], id: id).filter { !$0.hasPrefix("b ") }
        }
        #expect(
            send(slider, ["method": "update", "state": ["value": 9], "buffer_paths": []], "q") == [
                "q iopub busy", #"q iopub comm_msg \#(slider) echo_update {"value":9}"#,
                #"q iopub comm_msg \#(label) update {"value":"81"}"#, "q iopub idle",
            ])
        #expect(
            send(button, ["method": "custom", "content": ["event": "click"]], "r") == [
                "r iopub busy", #"r iopub comm_msg \#(slider) update {"value":18}"#,
                #"r iopub comm_msg \#(label) update {"value":"324"}"#, "r iopub idle",
            ])
        // What a user can't do changes nothing.
        let refused: [JSON] = [
            ["method": "update", "state": ["value": 1000]], ["method": "update", "state": ["max": 9]],
            ["method": "update", "state": ["value": "x"]],
            ["method": "update"], ["method": "custom", "content": ["event": "click"]], ["method": "unheard of"], [1], "text", nil,
        ]
        for (number, data) in refused.enumerated() {
            #expect(send(slider, data, "\(number)") == ["\(number) iopub busy", "\(number) iopub idle"])
        }
        bench.stage.open("one")
        _ = bench.lines(untilIdle: "b")
    }

    @Test func aDraggedSliderIsDrawnAtItsLastPlace() {
        let bench = Bench()
        _ = bench.run("slider")
        for value in 10...60 {
            bench.send(
                "comm_msg",
                ["comm_id": .string(bench.id("w3")), "data": ["method": "update", "state": ["value": .integer(value)]]],
                id: "\(value)")
        }
        let lines = bench.lines(untilIdle: "60")
        #expect(lines.filter { $0.hasSuffix("idle") }.count == 51, "every event is acknowledged")
        #expect(lines.last { $0.contains(" update {") }?.contains(#"{"value":"3600"}"#) == true)
    }

    /// What its user does while a view is drawn stays done.
    @Test func aDrawingTakesNothingBack() {
        let bench = Bench()
        _ = bench.run("pair")
        let sliders = bench.sent.filter { $0.content["data"]?["state"]?["_model_name"] == "IntSliderModel" }
            .compactMap { $0.content["comm_id"]?.string }
        #expect(sliders.count == 2)
        func move(_ slider: Int, to value: Int, _ id: String) {
            let data: JSON = ["method": "update", "state": ["value": .integer(value)]]
            bench.send("comm_msg", ["comm_id": .string(sliders[slider]), "data": data], id: id)
        }
        move(0, to: 5, "q")
        bench.waitForGate("drawing")
        move(1, to: 7, "r")
        bench.stage.open("drawing")
        let lines = bench.lines(untilIdle: "r")
        #expect(lines.contains("q iopub idle") && !lines.contains { $0.contains(" update {") }, "\(lines)")
        let values = bench.assembly.session.widgets.state.withLock { state in
            state.trees.values.flatMap(\.models).filter { $0.name == "IntSliderModel" }.map { $0.state["value"]?.integer }
        }
        #expect(values == [5, 7])
    }

    @Test func aLiveTreeSendsOnlyWhatChanges() throws {
        var count = 0
        func makeID() -> String {
            count += 1
            return "\(count)"
        }
        let parent = Parent.none
        let first = Widget.column([.progress(value: 1, maximum: 9), .html("<b>a</b>", key: "text")])
        var tree = WidgetTree(first, parent: parent, displayID: "d", now: .now())
        #expect(tree.render(first, makeID: makeID).count == 6)
        #expect(tree.render(first, makeID: makeID).isEmpty)
        let second = Widget.column([.progress(value: 2, maximum: 9), .html("<b>a</b>", key: "text")])
        let changes = tree.render(second, makeID: makeID)
        guard changes.count == 1, case .update(_, let state, _) = changes[0] else { throw TestFailure() }
        #expect(state == .init([("value", 2.0)]))
        // Another order and another kind: what is new is opened before the box that holds it, what is gone is closed last.
        let third = Widget.column([.html("<b>a</b>", key: "text"), .label("new"), .progress(value: 2, maximum: 9)])
        let kinds = tree.render(third, makeID: makeID).map { change -> String in
            switch change {
            case .open(_, let model): "open \(model.name)"
            case .update(_, let state, _): "update \(state.members.map(\.name))"
            case .close: "close"
            }
        }
        #expect(
            kinds.last == "close" && kinds.first?.hasPrefix("open") == true && kinds.contains("update [\"children\"]"), "\(kinds)"
        )
    }

    @Test func anOpenPageStaysOpen() {
        let parent = Parent.none
        func tabs(_ text: String, _ selected: Int = 0) -> Widget {
            .tabs([.init("one", .label(text)), .init("two", .label("b"))], selected: selected, key: "t")
        }
        var tree = WidgetTree(tabs("a"), parent: parent, displayID: "d", now: .now())
        var count = 0
        func makeID() -> String {
            count += 1
            return "\(count)"
        }
        _ = tree.render(tabs("a"), makeID: makeID)
        #expect(tree.accept(.init([("selected_index", 1)]), at: tree.rootID)?.accepted == .init([("selected_index", 1)]))
        _ = tree.render(tabs("c"), makeID: makeID)
        #expect(tree.models.last?.state["selected_index"] == 1, "what the user opened")
        _ = tree.render(tabs("c", 1), makeID: makeID)
        _ = tree.render(tabs("c", 0), makeID: makeID)
        #expect(tree.models.last?.state["selected_index"] == 0, "what the maker wants")
    }

    @Test func manyTreesAreForgotten() {
        let outbox = Outbox {}
        let store = WidgetStore(outbox: outbox)
        for _ in 0..<400 {
            let tree = store.show(.label("x"), parent: .none)
            store.finish(tree)
        }
        let live = store.show(.progress(value: 0, maximum: 1), parent: .none)
        #expect(store.openComms(target: nil).count <= 3 * (WidgetStore.treeLimit + 1))
        for _ in 0..<100 { store.finish(store.show(.image([UInt8](repeating: 0, count: 1 << 20)), parent: .none)) }
        let bytes = store.state.withLock { $0.trees.values.reduce(0) { $0 + $1.approximateBytes } }
        #expect(bytes <= WidgetStore.byteLimit + (2 << 20))
        #expect(store.state.withLock { $0.trees[live] } != nil, "what still moves is kept")
    }

    /// Front-ends are told, so that they forget as well.
    @Test func whatIsForgottenIsClosed() {
        let outbox = Outbox {}
        let store = WidgetStore(outbox: outbox)
        let view = store.show(.label("view"), view: ViewSession(ToySlider()), parent: .none)
        for _ in 0..<300 { store.finish(store.show(.label("x"), parent: .none)) }
        let messages = outbox.take(now: .now(), ignoringRates: true).messages
        let opened = messages.filter { $0.type == "comm_open" }.compactMap { $0.content["comm_id"]?.string }
        let closed = messages.filter { $0.type == "comm_close" }.compactMap { $0.content["comm_id"]?.string }
        #expect(Set(opened).subtracting(closed) == Set(store.openComms(target: nil).map { $0.id }))
        #expect(closed.count == Set(closed).count && closed.count == 3 * (301 - WidgetStore.treeLimit))
        #expect(store.state.withLock { $0.trees[view] } != nil, "what only showed something goes first")
    }

    /// A picture is left of a view that answers nobody any more; those that are used stay.
    @Test func viewsInUseOutliveOthers() {
        let outbox = Outbox {}
        let store = WidgetStore(outbox: outbox)
        func show() -> Int { store.show(.label("view"), view: ViewSession(ToySlider()), parent: .none) }
        let first = show()
        let second = show()
        let comm = store.state.withLock { $0.trees[first]?.rootID } ?? ""
        for _ in 0..<(WidgetStore.treeLimit - 2) { _ = show() }
        _ = outbox.take(now: .now(), ignoringRates: true)
        _ = store.receive(.message(id: comm, data: ["method": "request_state"], buffers: []), parent: .none)
        _ = show()
        #expect(store.state.withLock { $0.trees[first] } != nil)
        #expect(store.state.withLock { $0.trees[second] } == nil)
        let messages = outbox.take(now: .now(), ignoringRates: true).messages
        let picture = messages.first { $0.type == "update_display_data" }?.content["data"]
        #expect(picture?["text/plain"] == "view" && picture?["application/vnd.jupyter.widget-view+json"] == nil)
        #expect(messages.count { $0.type == "comm_close" } == 3)
    }

    @Test func picturesAreBuffers() {
        let model = WidgetRendering(.image([1, 2, 3], format: .png)) { "id \($0)" }.models.last!
        let message = WidgetChange.open(id: "i", model).message(parent: .none)
        #expect(message.buffers == [[1, 2, 3]] && message.content["data"]?["buffer_paths"] == [["value"]])
        #expect(message.content["data"]?["state"]?["value"] == nil)
    }
}

struct TestFailure: Error {}
