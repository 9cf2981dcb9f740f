#include "core/routing/routing.h"

#include <algorithm>

namespace chasqui {

Router::Router(std::vector<Subscriber> subscribers) {
  for (auto& s : subscribers) {
    auto group = std::find_if(groups_.begin(), groups_.end(), [&](const Group& g) { return g.dialect == s.dialect && g.options == s.options; });
    if (group == groups_.end()) group = groups_.insert(groups_.end(), Group{s.dialect, s.options, {}, {}});
    auto& members = s.session.empty() ? group->everywhere : group->by_session[s.session];
    members.push_back({s.endpoint, s.wanted, s.disabled});
  }
}

Router::Route Router::route(const Event& event) const {
  Route route;
  for (const Group& group : groups_) {
    const NameSet names = group.dialect->names_of(event, group.options);
    const auto ask = [&](const std::vector<Member>& members) {
      if (names == 0) {
        route.no_counterpart += static_cast<std::uint32_t>(members.size());
        return;
      }
      for (const Member& m : members) {
        if ((m.wanted & names) == 0) {
          ++route.filtered;
        } else if (m.disabled) {
          ++route.skipped;
        } else {
          route.endpoints.push_back(m.endpoint);
        }
      }
    };
    ask(group.everywhere);
    if (group.by_session.empty()) continue;
    if (const auto members = group.by_session.find(event.session); members != group.by_session.end()) ask(members->second);
  }
  std::sort(route.endpoints.begin(), route.endpoints.end());
  return route;
}

}  // namespace chasqui
