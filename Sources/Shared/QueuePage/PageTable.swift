/// A table of a page. On a narrow screen each row stands as a card, each cell under its label.
struct PageTable {
  struct Link {
    let text: String
    let href: String
  }

  struct Cell {
    let label: String
    let text: String
    var href: String?
    /// Names a colour of the style sheet; the text says the same.
    var tone: String?
    var isNumber = false
    var isCode = false
    var links: [Link] = []
  }

  struct Row {
    let cells: [Cell]
  }

  struct Head {
    let label: String
    let isNumber: Bool
  }

  /// Nil where the heading of the page says it.
  let caption: String?
  let heads: [Head]
  let rows: [Row]
  /// What stands in place of a table without rows.
  let empty: String
  let hasRows: Bool

  init(_ caption: String?, _ rows: [[Cell]], heads: [Head]? = nil, empty: String) {
    self.caption = caption
    self.heads = heads ?? rows.first?.map { Head(label: $0.label, isNumber: $0.isNumber) } ?? []
    self.rows = rows.map(Row.init)
    self.empty = empty
    hasRows = !rows.isEmpty
  }
}

extension PageTable.Cell {
  /// Text that may be absent.
  static func text(_ label: String, _ text: String?, href: String? = nil, tone: String? = nil) -> Self {
    Self(label: label, text: text ?? "–", href: href, tone: tone)
  }

  static func number(_ label: String, _ value: Int64?, href: String? = nil) -> Self {
    Self(label: label, text: value.map(Words.count) ?? "–", href: href, isNumber: true)
  }

  static func code(_ label: String, _ text: String) -> Self { Self(label: label, text: text, isCode: true) }

  static func links(_ label: String, _ links: [PageTable.Link]) -> Self {
    Self(label: label, text: "", links: links)
  }
}
