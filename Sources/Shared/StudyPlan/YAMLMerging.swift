import Yams

/// A node whose mappings have what they merge (`<<: *name`, or `<<: [*one, *other]`; YAML's type `merge`): keys of their own come
/// before those of what is merged, and of several the first counts. The key `"<<"` in quotes is a key as any other.
/// - Throws: `StudyError` where something else than mappings is merged.
func merged(_ node: Node, _ subject: String) throws(StudyError) -> Node {
  switch node {
  case .mapping(let mapping):
    var pairs: [(Node, Node)] = []
    var sources: [Node] = []
    for (key, value) in mapping {
      if isMergeKey(key) {
        sources += value.sequence.map(Array.init) ?? [value]
      } else {
        pairs.append((key, try merged(value, subject)))
      }
    }
    for source in sources {
      guard case .mapping(let others) = try merged(source, subject) else {
        throw StudyError(
          .syntax,
          "\(subject) merges (<<) \(source.shape); expected a mapping that stands elsewhere, as <<: *name.")
      }
      for (key, value) in others where !pairs.contains(where: { $0.0 == key }) { pairs.append((key, value)) }
    }
    return Node(pairs, node.tag, mapping.style)
  case .sequence(let sequence):
    var items: [Node] = []
    for item in sequence { items.append(try merged(item, subject)) }
    return Node(items, node.tag, sequence.style)
  case .scalar, .alias: return node
  }
}

private func isMergeKey(_ key: Node) -> Bool {
  guard let scalar = key.scalar else { return false }
  return scalar.string == "<<" && [.any, .plain].contains(scalar.style)
}
