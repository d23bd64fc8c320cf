import DelimitedText
import Foundation
import Modelling
import Reporting
import StatusServer
import StudyExports
import StudyStore

/// What is found where, for somebody who is signed in.
extension QueuePage {
  func route(_ request: StatusRequest, _ session: Session) async throws -> StatusAnswer {
    guard let connection = session.connection else { preconditionFailure("a session without a connection") }
    let reader = QueueReader(connection: connection)
    let query = FormFields(request.query)
    if request.method == .post { return try await post(request, reader, session) }
    let parts = request.path.split(separator: "/").map { $0.removingPercentEncoding ?? "" }
    switch parts.first {
    case nil: return try shown(try await Overview.page(reader, session, query), session, request)
    case "sign-in": return PageAnswer.redirect(to: Self.ownPath(query["next"]))
    case "study" where parts.count >= 2:
      if let job = Int64(parts[1]) {
        return try await study(job, Array(parts[2...]), request, reader, session)
      }
    case "task" where parts.count == 2:
      if let task = Int64(parts[1]) {
        return try shown(try await TaskPage.page(reader, session, task), session, request)
      }
    case "sites" where parts.count == 1:
      let table = try await reader.sites(acts: session.rights.acts)
      let page = SitesPage(sites: table)
      return try shown(
        PageContent("Sites", try PageTemplates.render(page, "sites"), place: .sites), session, request)
    case "workers" where parts.count == 1:
      return try shown(try await reader.workersPage(session), session, request)
    case "acts" where parts.count == 1:
      return try shown(try await reader.auditPage(before: query.number("before")), session, request)
    case "database" where parts.count == 1:
      return try shown(try await reader.databasePage(), session, request)
    case "act" where parts.count == 1:
      if let act = Act(query) { return try await confirmation(of: act, request, reader, session) }
    default: break
    }
    return try shown(.notFound("There is no page of this name."), session, request)
  }

  private struct SitesPage {
    let sites: PageTable
  }

  private func study(
    _ job: Int64, _ rest: [String], _ request: StatusRequest, _ reader: QueueReader, _ session: Session
  ) async throws -> StatusAnswer {
    let store = StudyStore(reader.connection)
    switch (rest.first, rest.count) {
    case (nil, _): return try shown(try await StudyPage.page(reader, session, job), session, request)
    case ("cases", 1):
      return try shown(
        try await CasesPage.page(reader, session, job, FormFields(request.query)), session, request)
    case ("report", 2):
      guard
        let data = try await session.reports.file(
          rest[1], of: job, reader.connection, includingCases: session.rights.exports)
      else {
        return try shown(
          .notFound(
            session.rights.exports
              ? "The report has no file of this name."
              : "Login \(session.login) may not read this file of the report: files with cases are for coordinators."
          ),
          session, request)
      }
      return PageAnswer.reportFile(data, named: rest[1])
    case ("export", 2):
      guard let table = ExportedTable.allCases.first(where: { "\($0.rawValue).csv" == rest[1] }) else {
        break
      }
      let (columns, rows) = try await store.contents(of: table, job: job)
      let writer = DelimitedWriter()
      var text = writer.line(columns)
      for row in rows { text += writer.line(row) }
      return PageAnswer.download(Data(text.utf8), named: "study-\(job)-\(rest[1])", "text/csv; charset=utf-8")
    case ("model.json", 1), ("model.pmml", 1):
      let name = FormFields(request.query)["name"]
      let document = try await store.modelDocument(of: job, named: name)
      let isPMML = rest[0] == "model.pmml"
      return PageAnswer.download(
        isPMML ? try document.pmml() : try document.json(),
        named: "study-\(job)-\(name ?? "model")\(isPMML ? ".pmml" : ".json")",
        isPMML ? "application/xml" : "application/json")
    default: break
    }
    return try shown(.notFound("A study has no page of this name."), session, request)
  }

  // MARK: Acts

  private struct Confirmation {
    let question: String
    let consequence: String
    let label: String
    let isGrave: Bool
    let token: String
    let needsReason: Bool
    let needsPriority: Bool
    let back: String
    let hidden: [Hidden]
  }

  private struct Hidden {
    let name: String
    let value: String
  }

  private func confirmation(
    of act: Act, _ request: StatusRequest, _ reader: QueueReader, _ session: Session
  ) async throws -> StatusAnswer {
    guard session.rights.acts else {
      return try shown(
        .sentence(
          "Not allowed",
          "Login \(session.login) may look, and do nothing: acts need the role trabecula_operator.",
          status: 403,
          back: act.origin), session, request)
    }
    let count = try await act.count(reader)
    let confirmation = Confirmation(
      question: act.question(count), consequence: act.consequence, label: act.label, isGrave: act.isGrave,
      token: session.token.text, needsReason: act.needsReason,
      needsPriority: act.needsPriority,
      back: act.origin, hidden: act.fields.map { Hidden(name: $0.name, value: $0.value) })
    var content = PageContent(
      confirmation.question, try PageTemplates.render(confirmation, "confirmation"), place: nil)
    content.isLive = false
    return try shown(content, session, request)
  }

  private func post(
    _ request: StatusRequest, _ reader: QueueReader, _ session: Session
  ) async throws -> StatusAnswer {
    let form = FormFields(String(decoding: request.body, as: UTF8.self))
    guard isOwnForm(request), session.token.matches(form["token"]) else {
      return try shown(
        .sentence(
          "Not from here", "This form did not come from this page of your session. Nothing was changed.",
          status: 403),
        session, request)
    }
    switch request.path {
    case "/sign-out": return await signOut(session)
    case "/sign-in": return PageAnswer.redirect(to: Self.ownPath(form["next"]))
    case "/act":
      guard let act = Act(form) else { break }
      guard let priority = Int32(form["priority"] ?? "0") else {
        return try shown(
          .sentence(
            "That cannot be done", "A priority is a whole number. Nothing was changed.", status: 422,
            back: act.href),
          session, request)
      }
      let done = try await act.perform(
        reader.connection, reason: form["reason"] ?? "", priority: priority, reopens: form["reopen"] != nil)
      session.tell(done)
      return PageAnswer.redirect(to: act.origin)
    default: break
    }
    return try shown(.notFound("No form goes here."), session, request)
  }
}
