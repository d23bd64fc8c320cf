import Foundation
import FoundationXML

/// Elements and text of well-formed markup, as a parser sees them.
final class ParsedMarkup: NSObject, XMLParserDelegate {
  struct Element {
    var name: String
    var attributes: [String: String]
  }

  struct Malformed: Error {
    var line: Int
    var reason: String
  }

  private(set) var elements: [Element] = []
  /// All text but the style sheet, with runs of white space as they stand.
  private(set) var text = ""
  private var texts: [String: String] = [:]
  private var open: [String] = []

  convenience init(_ markup: String) throws { try self.init(Data(markup.utf8)) }

  init(_ markup: Data) throws {
    super.init()
    let parser = XMLParser(data: markup)
    parser.delegate = self
    guard parser.parse() else {
      throw Malformed(line: parser.lineNumber, reason: parser.parserError?.localizedDescription ?? "unknown")
    }
  }

  func text(of element: String) -> String { texts[element] ?? "" }

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    elements.append(Element(name: elementName, attributes: attributes))
    open.append(elementName)
  }

  func parser(
    _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName: String?
  ) {
    open.removeLast()
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    texts[open.last ?? "", default: ""] += string
    if open.last != "style" { text += string }
  }
}
