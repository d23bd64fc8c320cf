import Foundation
import Logging
import Postgres
import ServiceLifecycle
import StatusServer

/// The queue for those who would rather look than type: studies, sites, workers, failures, and what operators do.
///
/// People sign in with their login of PostgreSQL, and every statement runs on a connection of that login, so that roles, sites and
/// audit hold. The page has no rights of its own, and keeps no password.
package actor QueuePage: SignedInSite, Service {
  let configuration: PostgresConfiguration
  let door: Door
  let isBehindTLS: Bool
  let logger: Logger
  var sessions = SessionLedger()
  var pace = SignInPace()
  /// Attempts to sign in that are under way.
  var attempts = 0

  /// Each attempt takes a thread and a connection.
  static let mostAttempts = 4
  /// An act on a million tasks takes minutes.
  private static let longestAnswer = Duration.seconds(660)

  /// - Parameters:
  ///   - configuration: leads to the database; its user and password are not used.
  ///   - address: where the page is answered.
  ///   - isBehindTLS: whether a proxy before it does TLS, so that browsers send its cookies over TLS alone.
  package init(
    _ configuration: PostgresConfiguration, at address: ListenAddress, isBehindTLS: Bool, logger: Logger
  ) {
    self.configuration = configuration
    self.isBehindTLS = isBehindTLS
    self.logger = logger
    door = Door(address, isBehindTLS: isBehindTLS)
  }

  /// Ends sessions that are over, and all of them at the end.
  package func run() async throws {
    while !Task.isShuttingDownGracefully {
      for session in sessions.sweep(at: .now) { await session.end() }
      do {
        try await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(30)) }
      } catch is CancellationError {
        break
      }
    }
    for session in sessions.removeAll() { await session.end() }
  }

  package func patience(for request: StatusRequest) -> Duration? {
    session(of: request) == nil ? nil : Self.longestAnswer
  }

  package func answer(to request: StatusRequest) async -> StatusAnswer {
    do {
      return try await page(of: request)
    } catch {
      logger.error("a page could not be made: \(error)")
      return StatusAnswer(500, "This page could not be made; the log of coordinator serve says why.\n")
    }
  }

  /// - Throws: where a template is wrong.
  private func page(of request: StatusRequest) async throws -> StatusAnswer {
    switch request.path {
    case "/page.css": return PageAnswer.style(PageStyle.css)
    case "/page.js": return PageAnswer.script(PageScript.javascript)
    default: break
    }
    guard door.admits(host: request.headers["host"]) else {
      return try shown(
        .sentence(
          "Another name",
          "This page is asked for as 127.0.0.1 or localhost. Behind a reverse proxy with TLS, start "
            + "coordinator serve with --behind-tls-proxy.", status: 403, back: nil), nil, request)
    }
    guard door != .shut else {
      return try shown(.sentence("No sign-in here", Door.whyShut, status: 403, back: nil), nil, request)
    }
    guard let session = session(of: request) else { return try await answerStranger(request) }
    let refusal: PageRefusal
    do {
      return try await route(request, session)
    } catch {
      refusal = PageRefusal(error, login: session.login)
      if refusal.status >= 500 { logger.warning("page: \(error)") }
    }
    return try await shown(refusal, session, request)
  }

  /// Says why somebody who is signed in does not get what was asked for, and ends a session that has lost its connection.
  private func shown(_ refusal: PageRefusal, _ session: Session, _ request: StatusRequest) async throws
    -> StatusAnswer
  {
    if refusal.endsSession || session.connection == nil {
      sessions.remove(session)
      await session.end()
    }
    return try shown(
      .sentence(
        refusal.title, refusal.sentence, status: refusal.status, back: refusal.endsSession ? "/sign-in" : "/"),
      refusal.endsSession ? nil : session, request)
  }

  /// A whole page, or its middle where the script of a page asks for it.
  func shown(
    _ content: PageContent, _ session: Session?, _ request: StatusRequest, headers: [StatusAnswer.Header] = []
  ) throws -> StatusAnswer {
    if request.headers["x-fragment"] != nil {
      return PageAnswer.page(content.main, status: content.status, headers: headers)
    }
    return PageAnswer.page(
      try PageTemplates.render(PageLayout(content, session), "layout"), status: content.status,
      headers: headers)
  }

  // MARK: Cookies

  /// With the prefix browsers take it over TLS and for this host alone.
  var cookieName: String { isBehindTLS ? "__Host-trabecula" : "trabecula" }
  var formCookieName: String { isBehindTLS ? "__Host-trabecula-form" : "trabecula-form" }

  func cookie(_ name: String, _ value: String, lasts: Bool = true) -> StatusAnswer.Header {
    StatusAnswer.Header(
      "Set-Cookie",
      "\(name)=\(value); Path=/; HttpOnly; SameSite=Strict\(isBehindTLS ? "; Secure" : "")\(lasts ? "" : "; Max-Age=0")"
    )
  }

  func cookie(_ name: String, of request: StatusRequest) -> String? {
    for pair in (request.headers["cookie"] ?? "").split(separator: ";") {
      let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
      if parts.count == 2, parts[0] == name { return String(parts[1]) }
    }
    return nil
  }

  private func session(of request: StatusRequest) -> Session? {
    cookie(cookieName, of: request).flatMap { sessions.session($0, at: .now) }
  }
}

/// What is said where a page cannot be had.
struct PageRefusal {
  let status: Int
  let title: String
  let sentence: String
  var endsSession = false
}
