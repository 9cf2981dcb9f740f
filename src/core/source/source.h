// What a source's normaliser yields: canonical events but for what only the flow knows (ids, session names, the time).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/event/event.h"

namespace chasqui {

/// Which session an event belongs to, in the source's own terms. The flow finds or makes the session.
struct SessionAddress {
  std::string engine;         ///< "cloud"
  std::string key;            ///< unique within the engine: the phone_number_id, or `waba_<id>` for account news
  std::string display_phone;  ///< digits of the session's own number; empty when the source does not say

  bool operator==(const SessionAddress&) const = default;
};

/// An event without id, session name, account and received_at.
struct Draft {
  Event event;
  SessionAddress session;
  /// What makes a redelivery recognisable within the session: kind, key and revision. The event's id is a digest of it.
  /// Empty when the item has no natural key: the id is minted then, and a redelivery is a new event.
  std::string source_key;
  std::optional<std::size_t> cause;  ///< place of the draft that brought this one about
};

/// One source delivery, taken apart in its order.
struct Normalised {
  std::vector<Draft> drafts;
  std::string trouble;  ///< why the delivery became one `engine.raw`; empty when it was understood
};

}  // namespace chasqui
