import Glibc

/// A thread of the kernel's own.
enum KernelThread {
    /// Starts a thread that nobody joins.
    ///
    /// - Parameters:
    ///   - stackSize: in bytes.
    static func start(stackSize: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))

        // The box is retained here and released by the thread that takes it.
        let box = unsafe Unmanaged.passRetained(Body(run: body)).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, &attributes,
            { pointer in
                let body = unsafe Unmanaged<Body>.fromOpaque(pointer!).takeRetainedValue()
                // A thread that ran out of stack needs another one to say so.
                let size = 65_536
                let spare = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
                var stack = unsafe stack_t(ss_sp: spare, ss_flags: 0, ss_size: size)
                unsafe sigaltstack(&stack, nil)
                body.run()
                unsafe stack.ss_flags = Int32(SS_DISABLE)
                unsafe sigaltstack(&stack, nil)
                unsafe spare.deallocate()
                return nil
            }, box)
        guard status == 0 else {
            unsafe Unmanaged<Body>.fromOpaque(box).release()
            return
        }
    }

    private final class Body {
        let run: @Sendable () -> Void
        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
