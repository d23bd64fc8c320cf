extension Page {
  struct AcquisitionRow {
    var site: String
    var images: String
    var orientations: String
    var inPlaneSpacing: String
    var sliceSpacing: String
    var matrices: String
    var headers: String
  }
}

extension Page.AcquisitionRow {
  init(_ acquisition: StudyReport.Acquisition) {
    self.init(
      site: acquisition.site + (acquisition.sequence.map { ", \($0)" } ?? ""),
      images: PageNumber.count(acquisition.images),
      orientations: Self.list(acquisition.orientations),
      inPlaneSpacing: Self.spread(acquisition.inPlaneSpacing),
      sliceSpacing: Self.spread(acquisition.sliceSpacing), matrices: Self.list(acquisition.matrices),
      headers: acquisition.headers.map { "\($0.attribute): \(Self.list($0.values))" }.joined(separator: "; "))
  }

  /// More values than these are counted only.
  private static let mostListed = 4

  private static func list(_ tallies: [StudyReport.Tally]) -> String {
    guard tallies.count > 1 else { return tallies.first?.value ?? PageNumber.undefined }
    let listed = tallies.prefix(mostListed).map { "\($0.value) (\(PageNumber.count($0.count)))" }
    let others = tallies.count - listed.count
    return listed.joined(separator: ", ") + (others > 0 ? ", \(PageNumber.count(others)) others" : "")
  }

  private static func spread(_ spread: StudyReport.Spread?) -> String {
    guard let spread else { return PageNumber.undefined }
    let median = PageNumber.short(spread.median)
    guard spread.lowest != spread.highest else { return median }
    return "\(median) (\(PageNumber.short(spread.lowest)) to \(PageNumber.short(spread.highest)))"
  }
}

extension PageTemplates {
  static let acquisition = """
    {{^empty(acquisition)}}
    <div class="scroll" role="region" aria-label="Images by site" tabindex="0">
    <table class="text stack">
    <caption>Images by site, as their files tell: which way the axes run as stored, spacing in mm (median and range), \
    and what headers say.{{#orientation}} {{.}}{{/orientation}}</caption>
    <thead>
    <tr><th scope="col">Site</th><th scope="col">Images</th><th scope="col">Axes</th>\
    <th scope="col">Spacing in plane</th><th scope="col">Spacing of slices</th><th scope="col">Matrix</th>\
    <th scope="col">Headers</th></tr>
    </thead>
    <tbody>
    {{#acquisition}}
    <tr><th scope="row">{{site}}</th><td data-label="Images">{{images}}</td><td data-label="Axes">{{orientations}}</td>\
    <td data-label="Spacing in plane">{{inPlaneSpacing}}</td><td data-label="Spacing of slices">{{sliceSpacing}}</td>\
    <td data-label="Matrix">{{matrices}}</td><td data-label="Headers">{{headers}}</td></tr>
    {{/acquisition}}
    </tbody>
    </table>
    </div>
    {{/empty(acquisition)}}
    """
}
