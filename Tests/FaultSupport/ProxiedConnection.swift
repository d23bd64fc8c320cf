import Cancellation
import Foundation
import Synchronization

/// One connection through a proxy, served by one thread.
struct ProxiedConnection {
  private let client: Socket
  private let server: Socket
  private let number: Int
  private let proxy: WireProxy

  private var requests = WireMessages(fromClient: true)
  private var answers = WireMessages(fromClient: false)
  private var statements: [String: String] = [:]
  /// What the client has sent since its last Sync.
  private var cycle: [UInt8] = []
  private var cycleCompletes = false
  /// The same without preparing named statements, which exist by then.
  private var cycleAgain: [UInt8] = []
  /// What is being done to the completion that the server works on.
  private var treated: (action: WireProxy.Action, done: Promise<[String?]>, request: [UInt8])?
  private var answer: [WireMessages.Message] = []
  private var firstAnswer: [WireMessages.Message]?
  private var isOver = false

  /// How soon a change of the controls is noticed, in milliseconds.
  private static let turn: CInt = 10
  /// The same in microseconds.
  private static let pause: useconds_t = 10_000

  init(client: Socket, server: Socket, number: Int, proxy: WireProxy) {
    self.client = client
    self.server = server
    self.number = number
    self.proxy = proxy
  }

  mutating func run() {
    while !isOver {
      let (isClosed, isSilent) = proxy.controls.withLock {
        ($0.isClosed || number <= $0.cutUpTo, number <= $0.silentUpTo)
      }
      if isClosed { return }
      if isSilent {
        // The sockets stay open and nobody reads them.
        usleep(Self.pause)
        continue
      }
      let ready = Socket.readable(client, server, within: Self.turn)
      if ready.one { forwardRequests() }
      if ready.other, !isOver { forwardAnswers() }
    }
  }

  private mutating func forwardRequests() {
    let bytes = client.received()
    isOver = bytes.isEmpty
    requests.append(bytes)
    while !isOver, let message = requests.next() {
      answers.singleBytes += requests.askedForEncryption - encryptionAnswered
      encryptionAnswered = requests.askedForEncryption
      note(message)
      cycle += message.bytes
      if message.type != UInt8(ascii: "P") || message.strings(1) == [""] { cycleAgain += message.bytes }
      let belongsTogether = "PBDEC".utf8.contains(message.type)
      if !belongsTogether { endCycle() }
    }
  }

  private var encryptionAnswered = 0
  private var saidGoodbye = false

  /// Remembers what is prepared, and sees whether a completion is called.
  private mutating func note(_ message: WireMessages.Message) {
    switch message.type {
    case UInt8(ascii: "P"):
      let names = message.strings(2)
      statements[names[0]] = names[1]
    case UInt8(ascii: "B"):
      let statement = statements[message.strings(2)[1]] ?? ""
      cycleCompletes = cycleCompletes || statement.contains("trabecula.complete_")
    case UInt8(ascii: "X"): saidGoodbye = true
    default: break
    }
  }

  private mutating func endCycle() {
    let (request, again, completes) = (cycle, cycleAgain, cycleCompletes)
    (cycle, cycleAgain, cycleCompletes) = ([], [], false)
    if completes, let armed = proxy.controls.withLock({ $0.armed.take() }) {
      if case .hold = armed.action {
        hold(armed.done)
      } else {
        treated = (armed.action, armed.done, again)
      }
    }
    if !isOver, !server.send(request) { isOver = true }
  }

  private mutating func hold(_ done: Promise<[String?]>) {
    proxy.controls.withLock { $0.isHolding = true }
    done.resolve(.success([]))
    while proxy.controls.withLock({ $0.isHolding && !$0.isClosed }) {
      usleep(Self.pause)
    }
  }

  private mutating func forwardAnswers() {
    let bytes = server.received()
    isOver = bytes.isEmpty
    if isOver, !saidGoodbye { count(WireProxy.hangUp) }
    answers.append(bytes)
    var passedOn: [UInt8] = []
    while let message = answers.next() {
      if message.type == UInt8(ascii: "E"), let state = message.sqlState { count(state) }
      guard treated != nil else {
        passedOn += message.bytes
        continue
      }
      answer.append(message)
      if message.type == UInt8(ascii: "Z") { passedOn += treat() }
    }
    if !passedOn.isEmpty, !client.send(passedOn) { isOver = true }
  }

  /// The whole answer to a completion is there.
  /// - Returns: what the client gets.
  private mutating func treat() -> [UInt8] {
    guard let treatment = treated.take() else { return [] }
    let whole = answer
    answer = []
    let failed = whole.contains { $0.type == UInt8(ascii: "E") }
    if failed && firstAnswer == nil {
      // Nothing was committed; the next completion will do.
      proxy.controls.withLock { $0.armed = (treatment.action, treatment.done) }
      return whole.flatMap(\.bytes)
    }
    if case .cutAfterCommit = treatment.action {
      isOver = true
      treatment.done.resolve(.success([]))
      return []
    }
    if let first = firstAnswer.take() {
      let types = whole.first { $0.type == UInt8(ascii: "T") }?.columnTypes ?? []
      let rows = whole.filter { $0.type == UInt8(ascii: "D") }
      treatment.done.resolve(.success(rows.flatMap { $0.texts(ofColumns: types) }))
      return first.flatMap(\.bytes) + whole.filter { $0.type == UInt8(ascii: "A") }.flatMap(\.bytes)
    }
    firstAnswer = whole
    treated = treatment
    if !server.send(treatment.request) { isOver = true }
    return []
  }

  private func count(_ state: String) {
    let waiting = proxy.controls.withLock { controls in
      controls.errors[state, default: 0] += 1
      let waiting = controls.errorWaiters.filter { $0.states.contains(state) }
      controls.errorWaiters.removeAll { $0.states.contains(state) }
      return waiting
    }
    for waiter in waiting { waiter.done.resolve(.success(state)) }
  }
}
