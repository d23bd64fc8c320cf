import Reporting
import Testing

/// What the page shows of how models were made and of sites they did not know.
@Suite struct `A report page on the pipeline` {
  @Test(arguments: [
    "ComBat, parametric empirical Bayes", "Aachen, Bergen, Coimbra, Dijon", "Age, Sex=m", "refused",
    "Dijon, outcome 1", "200 outer resamples of 50 inner replicates each",
    "2 outer and 17 inner ones undefined, 31 inner ones without a feature",
    ".632+ 0.841 (0.771–0.902)", "percentiles not recentred",
    "the interval of .632+ is the two-stage percentile, recentred", "one class out of bag: 3",
    "likelihood ratio χ² = 41.23 with 6 degrees of freedom, p < 0.001", "0.3171", "0.021", "0.018", "1.37",
    "found: see “Read before use”", "mean AUC is 0.762, with p = 0.005 by 199 permutations",
    "a model may have learnt the site",
  ])
  func `says`(text: String) async throws {
    #expect(try ParsedMarkup(try await `A report page`.sample.value).text.contains(text))
  }

  static let leftOut = Task { try await reportPage(SampleStudy.leftOutReport) }

  @Test(arguments: [
    "AUC 0.768 (95 % CI 0.702 to 0.823) at sites that the model did not know (pooled over 3 of 4 sites), a new "
      + "site expected within (0.551–0.899)", "0.777 (0.613–0.888)", "Pooled, 3 of 4 sites",
    "too few of an outcome",
    "features of the site left out are used as they are",
    "as predicted by the model that did not know its site",
    "the final models knew all sites", "each site held out in turn", "Sites left out", "each site’s own",
  ])
  func `with sites left out says`(text: String) async throws {
    #expect(try ParsedMarkup(try await Self.leftOut.value).text.contains(text))
  }

  @Test func `with sites left out draws them, and no apparent AUC in the summary`() async throws {
    let page = try ParsedMarkup(try await Self.leftOut.value)
    let forests = page.elements.compactMap { $0.attributes["aria-label"] }.filter {
      $0.contains("by site, sites left out")
    }
    #expect(forests.count == 3 && forests[0].contains("Aachen 0.777") && forests[0].contains("pooled 0.768"))
    #expect(!page.text.contains("apparent AUC 0."))
    let identifiers = page.elements.compactMap { $0.attributes["id"] }
    let targets = page.elements.compactMap { $0.attributes["href"] }.filter { $0.hasPrefix("#") }
    #expect(targets.allSatisfy { identifiers.contains(String($0.dropFirst())) })
  }

  @Test func `of a table of features names it, its hash and its other columns, and no extractor`()
    async throws
  {
    var report = SampleStudy.report
    let facts = [
      ("table", "glioma.csv"), ("table_sha256", "77aa77"), ("columns_that_are_no_features", "Age, Stage"),
    ]
    for (place, fact) in facts.enumerated() {
      (report.featureSet.parameters[place].name, report.featureSet.parameters[place].value) = fact
    }
    let markup = try await reportPage(report)
    let page = try ParsedMarkup(markup)
    #expect(
      page.text.contains("glioma.csv") && page.text.contains("77aa77") && page.text.contains("Age, Stage"))
    let answers = StudyReport.Checklist.all(of: report).flatMap(\.items).compactMap(\.answer)
    #expect(!answers.isEmpty && !answers.contains { $0.contains("preprocessing and extraction") })
    #expect(!page.text.contains("Feature extractor") && !markup.contains("<h3>Extraction parameters"))
  }

  @Test func `warns that features of a random network are no result`() async throws {
    var report = SampleStudy.report
    report.warnings.append(.randomWeights("random-seed-7"))
    let page = try ParsedMarkup(try await reportPage(report))
    #expect(page.text.contains("random-seed-7 (random, not a trained network: no result)"))
  }
}
