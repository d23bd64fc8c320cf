import Modelling

extension Page {
  struct Flow {
    var submitted: String
    var failed: String
    var excluded: String
    var used: String
    var usedDetail: String
    var training: String
    var test: String
    var hasTest: Bool
  }

  struct SiteRow {
    var site: String
    var subjects: String
    var images: String
    var positives: String
    var training: String
    var test: String
    var failed: String
    var excluded: String
  }

  struct ExclusionRow {
    var id: String
    var site: String
    var kind: String
    var code: String
    var sentence: String
    var remedy: String
  }

  struct DuplicateRow {
    var cases: String
    var consequence: String
  }
}

extension Page.Flow {
  init(_ cohort: StudyReport.Cohort, outcome: String) {
    submitted = PageNumber.count(cohort.cases.submitted, "case")
    failed = PageNumber.count(cohort.cases.failed)
    excluded = PageNumber.count(cohort.cases.excluded)
    used = PageNumber.count(cohort.cases.done, "case")
    usedDetail =
      "\(PageNumber.count(cohort.subjects, "subject")), \(PageNumber.count(cohort.positives)) with "
      + outcome
    training = PageNumber.count(cohort.training, "subject")
    test = PageNumber.count(cohort.test, "subject")
    hasTest = cohort.test > 0
  }
}

extension Page.SiteRow {
  init(_ site: StudyReport.Site) {
    self.init(
      site: site.site, subjects: PageNumber.count(site.subjects), images: PageNumber.count(site.images),
      positives: Self.positives(site.positives, of: site.subjects), training: PageNumber.count(site.training),
      test: PageNumber.count(site.test), failed: PageNumber.count(site.failed),
      excluded: PageNumber.count(site.excluded))
  }

  /// The cohort's own counts, not sums over sites, so that a disagreement would show.
  init(totalOf cohort: StudyReport.Cohort) {
    self.init(
      site: "All sites", subjects: PageNumber.count(cohort.subjects), images: PageNumber.count(cohort.images),
      positives: Self.positives(cohort.positives, of: cohort.subjects),
      training: PageNumber.count(cohort.training), test: PageNumber.count(cohort.test),
      failed: PageNumber.count(cohort.cases.failed), excluded: PageNumber.count(cohort.cases.excluded))
  }

  private static func positives(_ positives: Int, of subjects: Int) -> String {
    guard subjects > 0 else { return PageNumber.count(positives) }
    return "\(PageNumber.count(positives)) (\(PageNumber.percent(Double(positives) / Double(subjects))))"
  }
}

extension Page.ExclusionRow {
  init(_ exclusion: StudyReport.Exclusion) {
    id = exclusion.caseID
    site = exclusion.site
    kind = exclusion.kind.rawValue
    code = exclusion.code
    sentence = exclusion.sentence
    remedy = exclusion.remedy
  }
}

extension Page.DuplicateRow {
  init(_ group: StudyReport.DuplicateGroup) {
    cases = group.cases.joined(separator: ", ")
    let crossings = [
      group.crossesSites ? "at different sites" : nil,
      group.crossesSplit ? "in both the training and the test part" : nil,
    ].compactMap(\.self)
    let place = crossings.isEmpty ? "within one site and part" : crossings.joined(separator: ", ")
    let evidence =
      switch group.evidence {
      case nil, .imageFile: ""
      case .digestColumn: "; by their column of digests"
      case .features: "; by features that are nearly equal"
      }
    consequence = place + evidence
  }
}

extension PageTemplates {
  static let participants = """
    <section aria-labelledby="participants">
    <h2 id="participants">Participants</h2>
    {{#flow}}
    <ol class="flow" aria-label="Flow of cases">
    <li class="box"><strong>Submitted</strong> {{submitted}}</li>
    <li class="box aside"><strong>Not used</strong> {{failed}} failed, {{excluded}} excluded</li>
    <li class="box"><strong>Used</strong> {{used}}<br />{{usedDetail}}</li>
    <li class="parts">
    <span class="box"><strong>Training</strong> {{training}}</span>
    {{#hasTest}}
    <span class="box"><strong>Test</strong> {{test}}</span>
    {{/hasTest}}
    </li>
    </ol>
    {{/flow}}
    <div class="scroll" role="region" aria-label="Participants by site" tabindex="0">
    <table>
    <caption>Participants by site. Subjects, images and outcome count what was used.</caption>
    <thead>
    <tr><th scope="col">Site</th><th scope="col">Subjects</th><th scope="col">Images</th>\
    <th scope="col">With outcome</th><th scope="col">Training</th><th scope="col">Test</th>\
    <th scope="col">Failed</th><th scope="col">Excluded</th></tr>
    </thead>
    <tbody>
    {{#sites}}
    <tr><th scope="row">{{site}}</th><td>{{subjects}}</td><td>{{images}}</td><td>{{positives}}</td>\
    <td>{{training}}</td><td>{{test}}</td><td>{{failed}}</td><td>{{excluded}}</td></tr>
    {{/sites}}
    </tbody>
    <tfoot>
    {{#siteTotal}}
    <tr><th scope="row">{{site}}</th><td>{{subjects}}</td><td>{{images}}</td><td>{{positives}}</td>\
    <td>{{training}}</td><td>{{test}}</td><td>{{failed}}</td><td>{{excluded}}</td></tr>
    {{/siteTotal}}
    </tfoot>
    </table>
    </div>
    {{> acquisition}}
    {{#empty(exclusions)}}
    <p>Every submitted case was used.</p>
    {{/empty(exclusions)}}
    {{^empty(exclusions)}}
    <div class="scroll" role="region" aria-label="Cases not used" tabindex="0">
    <table class="text stack">
    <caption>Cases not used, and what to do about each.</caption>
    <thead>
    <tr><th scope="col">Case</th><th scope="col">Site</th><th scope="col">Why</th>\
    <th scope="col">What to do</th></tr>
    </thead>
    <tbody>
    {{#exclusions}}
    <tr><th scope="row">{{id}}</th><td data-label="Site">{{site}}</td>\
    <td data-label="Why">{{sentence}} <span class="code">{{kind}}: {{code}}</span></td>\
    <td data-label="What to do">{{remedy}}</td></tr>
    {{/exclusions}}
    </tbody>
    </table>
    </div>
    {{/empty(exclusions)}}
    {{^empty(duplicates)}}
    <div class="scroll" role="region" aria-label="Duplicate images" tabindex="0">
    <table class="text">
    <caption>Cases that share one image, found by hash unless another way is named.</caption>
    <thead>
    <tr><th scope="col">Cases</th><th scope="col">Where</th></tr>
    </thead>
    <tbody>
    {{#duplicates}}
    <tr><th scope="row">{{cases}}</th><td>{{consequence}}</td></tr>
    {{/duplicates}}
    </tbody>
    </table>
    </div>
    {{/empty(duplicates)}}
    </section>
    """
}
