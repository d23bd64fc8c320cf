/// What the logins of a study's workers were granted. Where workers are bound to sites there are three: one for each of
/// the two sites, and one for the tasks of no site, which need every site's features.
package enum SiteGrants: String, CaseIterable, Sendable {
  case everySite = "logins of every site"
  /// The third works for the sites as well.
  case oneSiteHelped = "logins of one site each, and one of all that helps"
  /// The third leaves the sites' tasks alone, so that each site has one worker, and none while that one is away.
  case oneSiteAlone = "logins of one site each, alone"

  package var bindsLogins: Bool { self != .everySite }

  /// The site that a worker's login was granted; nil where it was granted all.
  /// - Parameter worker: counted from 1.
  func site(ofWorker worker: Int) -> String? {
    let sites = ReferenceStudy.sites
    return bindsLogins && worker <= sites.count ? sites[worker - 1] : nil
  }

  func arguments(ofWorker worker: Int) -> [String] {
    self == .oneSiteAlone && site(ofWorker: worker) == nil
      ? ["--kind", "bootstrap", "--kind", "aggregate"] : []
  }

  /// Whether a worker may find something to do among tasks of these sites.
  /// - Parameter sites: an empty name stands for no site.
  func worker(_ worker: Int, mayServeOneOf sites: Set<String>) -> Bool {
    if let site = site(ofWorker: worker) { return sites.contains(site) }
    return self == .oneSiteAlone ? sites.contains("") : !sites.isEmpty
  }
}
