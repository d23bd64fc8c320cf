import Reporting
import Testing

@Suite struct `Reporting guidelines` {
  /// Numbers of items as published: CLEAR 58 (Kocak 2023), METRICS 30 (Kocak 2024), TRIPOD+AI 27 (Collins 2024).
  @Test func `have every item once, answered or left to the authors`() {
    let checklists = SampleStudy.report.checklists
    #expect(checklists.map(\.name) == ["CLEAR", "METRICS", "TRIPOD+AI"])
    #expect(checklists[0].items.map(\.number) == (1...58).map(String.init))
    #expect(checklists[1].items.map(\.number) == (1...30).map(String.init))
    let tripod = checklists[2].items.map { Int($0.number.prefix { $0.isNumber }) ?? 0 }
    #expect(Set(tripod) == Set(1...27) && tripod == tripod.sorted())
    for checklist in checklists {
      #expect(Set(checklist.items.map(\.number)).count == checklist.items.count)
      #expect(checklist.items.allSatisfy { ($0.answer == nil) == ($0.section == nil) && !$0.title.isEmpty })
      #expect(checklist.items.contains { $0.answer == nil } && checklist.answered > checklist.items.count / 4)
    }
  }

  @Test func `answer with the study's own numbers`() throws {
    let clear = try #require(SampleStudy.report.checklists.first)
    func answer(_ number: String) -> String { clear.items.first { $0.number == number }?.answer ?? "" }
    #expect(answer("15").contains("7:3 by subject") && answer("15").contains("20240917"))
    #expect(answer("45").hasPrefix("152 cases submitted, 1 failed, 1 excluded, 150 used"))
    #expect(answer("29").contains("14 undefined values in 3 features"))
    #expect(answer("38").contains("1000 replicates"))
    #expect(answer("33").contains("LASSO (6)"))
  }

  @Test func `of predictions made elsewhere leave features and fitting to the authors`() {
    var report = SampleStudy.report
    report.scope = .predictions
    for index in report.models.indices {
      report.models[index].selection = []
      report.models[index].bootstrap = nil
    }
    report.featureSet.parameters = []
    report.missing = nil
    report.audit = []
    let clear = StudyReport.Checklist.all(of: report)[0]
    let open = clear.items.filter { $0.answer == nil }.map(\.number)
    #expect(Set(open).isSuperset(of: ["21", "24", "25", "27", "29", "32", "33", "34", "38", "57"]))
    #expect(clear.items.first { $0.number == "47" }?.answer != nil)
  }

  @Test func `answer by clinical columns where a study has them`() throws {
    var report = SampleStudy.report
    func answers(_ report: StudyReport) -> [String: String?] {
      Dictionary(
        StudyReport.Checklist.all(of: report).flatMap { list in
          list.items.map { ("\(list.name) \($0.number)", $0.answer) }
        }, uniquingKeysWith: { first, _ in first })
    }
    let keys = ["CLEAR 17", "CLEAR 42", "CLEAR 48", "METRICS 24"]
    let without = answers(report)
    #expect(keys.allSatisfy { without[$0] == .some(nil) })
    report.models[0].sources = ["clinical"]
    report.models[2].sources = ["clinical", "handcrafted"]
    report.clinical = try SampleStudy.decoded(
      """
      {"columns": [{"name": "Age", "kind": "number", "levels": [], "missing": 2, "treatment": "the median of the training rows"}],
       "characteristics": [], "equations": []}
      """)
    let with = answers(report)
    #expect(with["CLEAR 17"]??.contains("Age (number, 2 missing: the median of the training rows)") == true)
    #expect(
      with["CLEAR 42"]??.contains("Rad: clinical columns alone; DLR: clinical columns with handcrafted")
        == true)
    #expect(with["CLEAR 48"]??.contains("Rad, test part: AUC") == true)
    #expect(with["METRICS 24"]??.contains("DLR less Rad, test part") == true)
  }

  /// Moons et al. 2025: two parts, four domains each, and applicability.
  @Test func `leave every judgement of PROBAST+AI to the reader`() throws {
    let list = try #require(
      StudyReport.Checklist.all(of: SampleStudy.report).first { $0.name == "PROBAST+AI" })
    #expect(list.items.map(\.number) == ["D1", "D2", "D3", "D4", "DA", "E1", "E2", "E3", "E4", "EA"])
    let open = list.items.filter { $0.answer == nil }.map(\.number)
    #expect(open == ["D3", "DA", "E3", "EA"])
    let words = list.items.compactMap(\.answer).joined().lowercased()
    for judgement in ["low risk", "high risk", "unclear risk", "risk of bias"] {
      #expect(!words.contains(judgement))
    }
  }

  @Test func `are links to sections that the page has`() async throws {
    let page = try ParsedMarkup(try await `A report page`.sample.value)
    let identifiers = Set(page.elements.compactMap { $0.attributes["id"] })
    let links = page.elements.compactMap { $0.attributes["href"] }.filter { $0.hasPrefix("#") }
    #expect(links.allSatisfy { identifiers.contains(String($0.dropFirst())) })
  }
}
