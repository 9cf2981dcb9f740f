// What the cursors of a checkpoint mean: the deliveries that are still to be made.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ports/store.h"

namespace chasqui::testing {

/// By (endpoint, seq): the parts of it that are done already.
using OpenDeliveries = std::map<std::pair<EndpointNo, Seq>, std::set<std::string>>;

/// As ports/store.h puts it at CursorRow, DeferredLane and Checkpoint.
/// @param events  all that are stored, ascending.
OpenDeliveries open_deliveries(const ports::Checkpoint& checkpoint, const std::vector<ports::StoredEvent>& events,
                               const std::vector<ports::InternedMatchSet>& match_sets);

}  // namespace chasqui::testing
