import Cancellation
import Foundation
import Postgres
import WorkerCore

/// Whom a fault strikes.
extension Disturbance {
  /// A worker that may still find something to do. The first to be struck is one of a login of one site, where there are
  /// such.
  func victim() async throws -> Int {
    let slots = await run.slots
    guard run.grants.bindsLogins else { return Int.random(in: slots.indices, using: &random) }
    let sites = try await sitesWithTasks()
    let busy = slots.indices.filter {
      slots[$0].process != nil && run.grants.worker(slots[$0].number, mayServeOneOf: sites)
    }
    let bound = busy.filter { run.grants.site(ofWorker: slots[$0].number) != nil }
    let choice = injected == 0 && !bound.isEmpty ? bound : busy
    return choice.randomElement(using: &random) ?? slots.count - 1
  }

  /// Sites that tasks are left of; an empty name stands for no site.
  private func sitesWithTasks() async throws -> Set<String> {
    let names = """
      SELECT DISTINCT coalesce(s.name, '') FROM queue.live_task l LEFT JOIN queue.site s USING (site_id)
        WHERE l.state <> 'blocked'
      """
    return try await run.link.call { connection in
      Set(try await connection.query(names).map { try $0.decode(at: 0) as String })
    }
  }

  /// Does something to the next completion of a worker; of another one where the first finds that others have ended the
  /// last task of its site.
  func strike(_ action: WireProxy.Action) async throws -> (victim: Int, answer: [String?]) {
    while true {
      let index = try await victim()
      if let answer = try await strike(index, action) { return (index, answer) }
    }
  }

  /// - Returns: nil where its site has no task left.
  private func strike(_ index: Int, _ action: WireProxy.Action) async throws -> [String?]? {
    let slot = await run.slots[index]
    let (watch, faultIsThere) = (watch, faultIsThere)
    guard let site = run.grants.site(ofWorker: slot.number) else {
      return try await slot.proxy.next(action) { faultIsThere.resolve(.success(())) }
    }
    return try await withThrowingTaskGroup(of: [String?]?.self) { group in
      group.addTask { try await slot.proxy.next(action) { faultIsThere.resolve(.success(())) } }
      group.addTask {
        try await watch.wait(
          until: """
            NOT EXISTS (SELECT FROM queue.live_task JOIN queue.site USING (site_id) WHERE name = $1)
            """, site)
        return nil
      }
      defer { group.cancelAll() }
      let answer = try await group.next() ?? nil
      if answer == nil { slot.proxy.disarm() }
      return answer
    }
  }
}
