/// Where the pictures of a report's regions are.
package enum PicturesOfReport: Equatable, Sendable {
  /// There are none: a study from a table of features, predictions, or a login that may not see cases.
  case none
  /// Beside the report: `pictures.html`.
  case beside
  /// The study does not let pixels leave their sites.
  case atSites

  var files: [Page.FileRow] {
    switch self {
    case .none: []
    case .beside:
      [
        Page.FileRow(
          name: "pictures.html",
          content: "every region in its image, the odd ones first; cases are marked there"),
        Page.FileRow(
          name: "pictures.csv", content: "what was measured of each region, and what is odd about it"),
      ]
    case .atSites:
      [
        Page.FileRow(
          name: "pictures.html",
          content:
            "is not here, because pictures stay at their sites (pictures: false): a worker that runs there with "
            + "--pictures FOLDER keeps them, with a page like this study's",
          isHere: false)
      ]
    }
  }
}
