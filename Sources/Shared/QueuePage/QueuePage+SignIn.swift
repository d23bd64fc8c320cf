import Foundation
import Logging
import StatusServer

/// Signing in and out.
extension QueuePage {
  private struct SignInForm {
    let token: String
    let next: String
    let login: String
    let sentence: String?
  }

  func answerStranger(_ request: StatusRequest) async throws -> StatusAnswer {
    switch (request.method, request.path) {
    case (.post, "/sign-in"): return try await signIn(request)
    case (.get, "/sign-in"), (.head, "/sign-in"):
      return try form(request, next: FormFields(request.query)["next"])
    default:
      if request.headers["x-fragment"] != nil || request.method == .post {
        return try shown(
          .sentence(
            "Signed out", "Your session has ended. Nothing was changed.", status: 401, back: "/sign-in"), nil,
          request)
      }
      let asked = request.path + (request.query.isEmpty ? "" : "?" + request.query)
      return PageAnswer.redirect(to: asked == "/" ? "/sign-in" : "/sign-in?next=\(asked.queryEncoded)")
    }
  }

  private func form(
    _ request: StatusRequest, next: String?, login: String = "", sentence: String? = nil, status: Int = 200,
    headers: [StatusAnswer.Header] = []
  ) throws -> StatusAnswer {
    let token =
      cookie(formCookieName, of: request).flatMap { $0.count == 64 && $0.allSatisfy(\.isHexDigit) ? $0 : nil }
      ?? Secret().text
    var content = PageContent(
      "Sign in",
      try PageTemplates.render(
        SignInForm(token: token, next: Self.ownPath(next), login: login, sentence: sentence), "signIn"),
      place: nil)
    content.status = status
    content.isLive = false
    return try shown(content, nil, request, headers: [cookie(formCookieName, token)] + headers)
  }

  /// A path of this page, for where to go after signing in; anything else would lead away.
  static func ownPath(_ path: String?) -> String {
    guard let path, path.hasPrefix("/"), !path.hasPrefix("//"), !path.hasPrefix("/sign-"),
      path.utf8.count <= 1000,
      path.unicodeScalars.allSatisfy({ 0x21...0x7e ~= $0.value && $0 != "\\" })
    else { return "/" }
    return path
  }

  private func signIn(_ request: StatusRequest) async throws -> StatusAnswer {
    let fields = FormFields(String(decoding: request.body, as: UTF8.self))
    let (login, next) = (fields["login"] ?? "", fields["next"])
    guard isOwnForm(request), let kept = cookie(formCookieName, of: request),
      kept.count == 64, Secret.digest(kept) == Secret.digest(fields["token"] ?? "")
    else {
      return try form(
        request, next: next, login: login,
        sentence: "This form did not come from this page, or your browser keeps no cookies. Sign in here.",
        status: 403)
    }
    let wait = pace.wait(for: login, at: .now)
    guard wait <= .zero, attempts < Self.mostAttempts else {
      let seconds = max(Int(wait.components.seconds) + 1, 1)
      return try form(
        request, next: next, login: login,
        sentence: "Too many attempts: try again in \(Words.count(Int64(seconds), "second")).", status: 429,
        headers: [StatusAnswer.Header("Retry-After", "\(seconds)")])
    }
    guard sessions.hasRoom(for: login) else {
      return try form(
        request, next: next, login: login,
        sentence:
          "As many people are signed in as the page lets in (\(SessionLedger.most)). Try again later.",
        status: 503)
    }
    attempts += 1
    // Counted before it is known, so that many at once are not all free; taken back where the password was right.
    pace.failed(login, at: .now)
    defer { attempts -= 1 }
    do throws(SignInFailure) {
      let session = try await SignIn.session(
        login: login, password: fields.verbatim("password"), configuration, logger)
      pace.succeeded(login)
      let id = Secret()
      for ended in sessions.add(session, id, at: .now) { await ended.end() }
      logger.info("page: login \(login) signed in")
      return PageAnswer.redirect(
        to: Self.ownPath(next),
        headers: [cookie(cookieName, id.text), cookie(formCookieName, "", lasts: false)])
    } catch {
      if !error.isWrongPassword { pace.takeBack(login) }
      logger.info("page: a sign-in was refused with \(error.status)")
      return try form(request, next: next, login: login, sentence: error.sentence, status: error.status)
    }
  }

  /// Whether a browser says that a form came from this page; old ones say nothing.
  func isOwnForm(_ request: StatusRequest) -> Bool {
    guard let origin = request.headers["sec-fetch-site"] else { return true }
    return origin == "same-origin" || origin == "none"
  }

  func signOut(_ session: Session) async -> StatusAnswer {
    sessions.remove(session)
    await session.end()
    return PageAnswer.redirect(to: "/sign-in", headers: [cookie(cookieName, "", lasts: false)])
  }
}
