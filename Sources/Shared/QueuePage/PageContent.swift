import StatusServer

/// Where a page stands in the navigation.
enum PagePlace: String, CaseIterable {
  case studies, sites, workers, acts, database

  var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
  var href: String { self == .studies ? "/" : "/" + rawValue }
}

/// The middle of a page.
struct PageContent {
  let title: String
  /// HTML.
  let main: String
  var status = 200
  var place: PagePlace?
  /// Whether it is asked for again and again while it is shown.
  var isLive = true

  init(_ title: String, _ main: String, place: PagePlace?) {
    self.title = title
    self.main = main
    self.place = place
  }

  /// A page that says one thing.
  static func sentence(_ title: String, _ sentence: String, status: Int, back: String? = "/") throws
    -> PageContent
  {
    var content = PageContent(
      title, try PageTemplates.render(Sentence(title: title, sentence: sentence, back: back), "sentence"),
      place: nil)
    content.status = status
    content.isLive = false
    return content
  }

  static func notFound(_ sentence: String) throws -> PageContent {
    try .sentence("Not here", sentence, status: 404)
  }

  private struct Sentence {
    let title: String
    let sentence: String
    let back: String?
  }
}

/// What stands around the middle.
struct PageLayout {
  struct Place {
    let title: String
    let href: String
    let isHere: Bool
  }

  let title: String
  let main: String
  let login: String?
  let token: String
  let places: [Place]
  let news: String?
  let isLive: Bool

  init(_ content: PageContent, _ session: Session?) {
    title = content.title
    main = content.main
    login = session?.login
    token = session?.token.text ?? ""
    places =
      session.map { session in
        PagePlace.allCases.filter { $0 != .acts || session.rights.seesAudit }
          .map { Place(title: $0.title, href: $0.href, isHere: $0 == content.place) }
      } ?? []
    news = session?.takeNews()
    isLive = content.isLive && session != nil
  }
}
