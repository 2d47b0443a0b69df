import Foundation
import Testing

@testable import Execution

/// What a container or a batch system leaves of a machine.
@Suite struct MemoryTests {
    @Test(arguments: [
        ("0::/\n", ["2 /sys/fs/cgroup"]),
        ("0::/user.slice/a.scope\n", ["2 /sys/fs/cgroup/user.slice/a.scope", "2 /sys/fs/cgroup/user.slice", "2 /sys/fs/cgroup"]),
        (
            "5:cpu,cpuacct:/x\n4:memory:/docker/ab\n1:name=systemd:/\n",
            ["1 /sys/fs/cgroup/memory/docker/ab", "1 /sys/fs/cgroup/memory/docker", "1 /sys/fs/cgroup/memory"]
        ),
        ("7:cpuset,memory:/\n0::/\n", ["1 /sys/fs/cgroup/memory", "2 /sys/fs/cgroup"]), ("", []), ("nonsense\n", []),
    ] as [(String, [String])]) func everyGroupUpToTheRootCounts(membership: String, expected: [String]) {
        #expect(Memory.groups(of: membership).map { "\($0.version) \($0.folder)" } == expected)
    }

    @Test(arguments: [
        (2, ["max": "1000\n", "current": "900\n", "stat": "inactive_file 300\nslab_reclaimable 20\n"], 1000, 420),
        (2, ["max": "max\n", "current": "900\n", "stat": ""], nil, nil), (2, [:], nil, nil), (2, ["max": "1000\n"], 1000, nil),
        (1, ["limit_in_bytes": "1000\n", "usage_in_bytes": "900\n", "stat": "inactive_file 10\ntotal_inactive_file 300\n"], 1000, 400),
        (1, ["limit_in_bytes": "9223372036854771712\n", "usage_in_bytes": "0\n"], 9_223_372_036_854_771_712, 9_223_372_036_854_771_712),
        (1, ["max": "1000\n", "current": "900\n"], nil, nil),
    ] as [(Int, [String: String], Int?, Int?)]) func groupsHaveFilesOfTwoVersions(version: Int, files: [String: String], limit: Int?, left: Int?) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "thaw-group-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(folder)/memory.\(name)")) }
        let group = Memory.ControlGroup(folder: folder, version: version)
        #expect(group.limit == limit && group.left == left)
    }

    @Test func noMoreIsAvailableThanThereIs() {
        #expect(Memory.total > 0 && Memory.available <= Memory.total)
    }

    @Test(arguments: [
        (8, "Name:\tthaw\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n", 2), (2, "Cpus_allowed:\tff,ffffffff\n", 2), (64, "Cpus_allowed:\t1,00000001\n", 2),
        (4, "Cpus_allowed_list:\t0\n", 4), (4, "", 4), (0, "", 1), (4, "Cpus_allowed:\t0\n", 4),
    ]) func aProcessMayBeConfinedToSomeProcessors(machine: Int, status: String, expected: Int) {
        #expect(ExecutionOptions.processors(ofMachine: machine, status: status) == expected)
    }
}
