import Testing

@testable import JupyterProtocol

@Suite struct JSONTests {
    @Test(arguments: [
        ("null", JSON.null), ("true", true), (" [ ] ", []), ("{}", [:]), ("0", 0), ("-12", -12), ("9223372036854775807", .integer(.max)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("-0.5e-2", -0.005), ("1E3", 1000.0), ("1.0", 1.0),
        (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\ud83e\udd8b""#, "é🦋"), (#""\ud83e""#, "\u{FFFD}"), (#""\ud83ex""#, "\u{FFFD}x"),
        (#""\udd8b\u0041""#, "\u{FFFD}A"), (#""\ud83e\u0041""#, "\u{FFFD}A"), ("[1,[2,{\"a\":[null]}]]", [1, [2, ["a": [nil]]]]), (#"{"b":1,"a":2}"#, ["b": 1, "a": 2]),
        (#""""#, ""),
    ] as [(String, JSON)])
    func reads(text: String, value: JSON) throws { #expect(try JSON(parsing: text) == value) }

    @Test(arguments: [
        "", " ", "nul", "tru", "[", "[1", "[1,", "[1,]", "[,1]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}", "{1:2}", "01", "-", "-a", "1.", "1.e3", "1e", "1e+",
        "+1", ".5", "NaN", "Infinity", "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud83e\\u12", "\"\n\"", "\"\u{0}\"", "1 2", "[] x", "'a'",
    ])
    func refuses(text: String) { #expect(throws: JSONError.self) { try JSON(parsing: text) } }

    @Test func refusesWhatIsNoUnicode() { #expect(throws: JSONError(reason: .invalidString, offset: 3)) { try JSON(parsing: [0x22, 0xFF, 0x22]) } }

    @Test func repairsWhatIsNoUnicodeIfAsked() throws {
        #expect(try JSON(parsing: [0x22, 0x61, 0xFF, 0x62, 0x22], repairsText: true) == "a\u{FFFD}b")
        #expect(throws: JSONError.self, "only in strings") { try JSON(parsing: [0xFF], repairsText: true) }
    }

    @Test func refusesDepth() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError(reason: .tooDeep, offset: 201)) { try JSON(parsing: deep) }
        let objects = String(repeating: "{\"a\":", count: 100_000)
        #expect(throws: JSONError.self) { try JSON(parsing: objects) }
        let bearable = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(throws: Never.self) { try JSON(parsing: bearable) }
    }

    /// What is written reads back the same, and what JSON can't say is null.
    @Test(arguments: [
        JSON.null, false, -5, .integer(.min), 0.1, 1e300, .number(.leastNonzeroMagnitude), .number(-0.0), "", "\u{0}\u{1F}\"\\/\u{7F}\u{2028}é🦋", [], [:], [1, "x", nil, [2.5]],
        ["b": ["c": [1, 2]], "a": nil, "": "empty name"],
    ] as [JSON])
    func roundTrip(value: JSON) throws {
        #expect(try JSON(parsing: value.bytes) == value)
        #expect(try JSON(parsing: value.indentedText) == value)
    }

    @Test func numbersThatAreNoneAreNull() {
        #expect(JSON.array([.number(.nan), .number(.infinity), .number(-.infinity), 1.5]).text == "[null,null,null,1.5]")
    }

    @Test func membersKeepTheirOrder() {
        var object = JSON.Object([("b", 1), ("a", 2)])
        object["c"] = 3
        object["b"] = 4
        object["a"] = nil
        #expect(JSON.object(object).text == #"{"b":4,"c":3}"#)
        #expect(JSON(["b": 1, "a": 2] as [String: JSON]).text == #"{"a":2,"b":1}"#)
    }

    @Test func readingIsForgiving() {
        let value: JSON = ["whole": 3.0, "half": 3.5, "text": "3", "huge": 1e300]
        #expect(value["whole"]?.integer == 3 && value["half"]?.integer == nil && value["text"]?.integer == nil && value["huge"]?.integer == nil)
        #expect(value["whole"]?["inner"] == nil && value["none"] == nil && value["text"]?.bool == nil)
    }

    /// Whatever the bytes, an answer or an error comes.
    @Test func damagedTextNeverTraps() {
        let original = Array(#"{"header":{"msg_id":"\u00e9\ud83e\udd8b","n":[1,-2.5e-3,true,null]},"c":"é🦋"}"#.utf8)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) { bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random) }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            if let value = try? JSON(parsing: bytes) { #expect((try? JSON(parsing: value.bytes)) == value) }
        }
    }
}
