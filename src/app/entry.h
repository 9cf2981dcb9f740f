// An event of the journal as the flow holds it in memory.
#pragma once

#include <cstddef>
#include <memory>

#include "core/event/event.h"
#include "core/ids.h"

namespace chasqui {

/// Shared by the tail and by the windows of all endpoints that have yet to deliver it.
struct Entry {
  Seq seq = 0;  ///< 0 until committed
  std::shared_ptr<const Event> event;
  SessionNo session{};
  OrderKey order_key{};
  MatchSetNo match_set{};
  ContextNo context{};
  std::size_t bytes = 0;  ///< what it weighs against limits: its JSON and its raw item
};
using EntryPtr = std::shared_ptr<const Entry>;

}  // namespace chasqui
