import Glibc

/// Runs a body on a thread of its own.
///
/// Where the system has no memory for another thread, it is tried again until another computation has given some back. If none
/// does within ten seconds, the process ends, as it does where memory for anything else is short: a body that never ran would
/// be waited for without end. Foundation's `Thread` does not tell whether it has started.
/// - Parameter attempts: how often it is tried again, every 20 milliseconds.
package func startThread(attempts: Int = 500, _ body: @escaping @Sendable () -> Void) {
  guard !makeThread(body) else { return }
  // No precondition: the optimised programs, too, say why they end.
  guard attempts > 0 else { fatalError("the system has no memory for a thread") }
  Task {
    try await Task.sleep(for: .milliseconds(20))
    startThread(attempts: attempts - 1, body)
  }
}

/// - Returns: whether the thread was made.
private func makeThread(_ body: @escaping @Sendable () -> Void) -> Bool {
  var attributes = pthread_attr_t()
  guard unsafe pthread_attr_init(&attributes) == 0 else { return false }
  defer { unsafe pthread_attr_destroy(&attributes) }
  // Kernels keep large arrays on the stack of their recursions.
  guard unsafe pthread_attr_setstacksize(&attributes, 8 << 20) == 0,
    unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED)) == 0
  else { return false }
  let handed = unsafe Unmanaged.passRetained(ThreadBody(body))
  var thread = pthread_t()
  let status = unsafe pthread_create(
    &thread, &attributes,
    { argument in
      guard let argument = unsafe argument else { return nil }
      unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
      return nil
    }, handed.toOpaque())
  if status != 0 { unsafe handed.release() }
  return status == 0
}

/// What a thread runs, as an object that a C function can be handed.
private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
