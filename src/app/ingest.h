// From a source's delivery to the journal: identity, routing, storage.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "app/journal.h"
#include "app/metrics.h"
#include "app/routes.h"
#include "app/sessions.h"
#include "core/source/source.h"
#include "ports/crypto.h"

namespace chasqui {

/// Lives on the loop's thread.
class Ingest {
 public:
  Ingest(Journal& journal, SessionBook& sessions, Routes& routes, ports::Crypto& crypto, ports::Clock& clock, ports::Dice& dice,
         Counters& counters);

  /// The journal's time never goes backwards, not over a restart either (semantics 23).
  void restore(std::int64_t last_received_at_ms) { last_received_at_ms_ = last_received_at_ms; }

  /// Stores one delivery's events, in order, all or none. `done` comes at the commit; duplicates count as stored.
  /// An operational event of the gateway itself, as `service.notice` of its own session-less origin (semantics 10). At most one a
  /// second of each code is stored; the log has them all.
  void announce(const std::string& code, const std::string& message);
  void accept(Normalised delivery, std::string content_type, std::shared_ptr<const std::string> body, Journal::Appended done);

 private:
  EventId identify(const Draft& draft, const Session& session, std::int64_t received_at_ms);
  Append::Item prepare(Event event, const Session& session);
  Event announcement(const Session& session, std::int64_t received_at_ms, const std::string& delivery_id);

  Journal& journal_;
  SessionBook& sessions_;
  Routes& routes_;
  ports::Crypto& crypto_;
  ports::Clock& clock_;
  ports::Dice& dice_;
  Counters& counters_;
  std::int64_t last_received_at_ms_ = 0;
  std::map<std::string, SteadyTime> announced_at_;  // by code
  std::string scratch_;
};

}  // namespace chasqui
