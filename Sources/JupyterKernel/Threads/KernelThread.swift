import Glibc

/// A thread of the kernel's own.
enum KernelThread {
    /// Starts a thread that nobody joins.
    ///
    /// - Parameters:
    ///   - name: what debuggers and `/proc` call it; at most 15 bytes.
    ///   - stackSize: in bytes.
    static func start(_ name: String, stackSize: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))

        // The box is retained here and released by the thread that takes it.
        let box = unsafe Unmanaged.passRetained(Body(name: name, run: body)).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, &attributes,
            { pointer in
                let body = unsafe Unmanaged<Body>.fromOpaque(pointer!).takeRetainedValue()
                body.live()
                return nil
            }, box)
        guard status == 0 else {
            unsafe Unmanaged<Body>.fromOpaque(box).release()
            return
        }
    }

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }

        /// The thread's whole life.
        func live() {
            takeName()
            // A thread that ran out of stack needs another one to say so.
            let size = 65_536
            let spare = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
            var stack = unsafe stack_t(ss_sp: spare, ss_flags: 0, ss_size: size)
            unsafe sigaltstack(&stack, nil)
            run()
            unsafe stack.ss_flags = Int32(SS_DISABLE)
            unsafe sigaltstack(&stack, nil)
            unsafe spare.deallocate()
        }

        /// Names the calling thread; where the system doesn't let it, it goes without.
        private func takeName() {
            guard let file = unsafe fopen("/proc/thread-self/comm", "w") else { return }
            unsafe fputs(name, file)
            unsafe fclose(file)
        }
    }
}
