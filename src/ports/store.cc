#include "ports/store.h"

#include <algorithm>

namespace chasqui::ports {

std::optional<OrderKey> lane_in(const std::vector<OrderKey>& lanes, OrderKey order_key, SessionNo session, Seq seq) {
  if (lanes.empty()) return std::nullopt;
  // The scope stands in a key's highest bits, so the first and the last lane say which scopes there can be.
  const auto first = static_cast<unsigned>(scope_of_lane(lanes.front())),
             last = static_cast<unsigned>(scope_of_lane(lanes.back()));
  for (unsigned scope = first; scope <= last; ++scope) {
    const OrderKey key = lane_key(static_cast<OrderScope>(scope), order_key, session, seq);
    if (std::binary_search(lanes.begin(), lanes.end(), key)) return key;
  }
  return std::nullopt;
}

std::string_view word(EndKind kind) {
  switch (kind) {
    case EndKind::expired:
      return "expired";
    case EndKind::skipped:
      return "skipped";
    case EndKind::dropped:
      return "dropped";
  }
  return "expired";
}

}  // namespace chasqui::ports
