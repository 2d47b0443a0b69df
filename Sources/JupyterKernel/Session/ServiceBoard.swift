import Synchronization

/// The newest picture of the session, left by the session thread for the wire thread.
final class ServiceBoard: Sendable {
    private let service: Mutex<any LanguageService>

    init(_ service: any LanguageService) { self.service = Mutex(service) }

    func publish(_ service: any LanguageService) { self.service.withLock { $0 = service } }

    var current: any LanguageService { service.withLock { $0 } }
}
