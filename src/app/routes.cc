#include "app/routes.h"

#include <algorithm>

namespace chasqui {

void Routes::restore(const std::vector<ports::InternedMatchSet>& sets) {
  for (const auto& set : sets) {
    const auto number = static_cast<std::size_t>(set.no);
    sets_.resize(std::max(sets_.size(), number));
    sets_[number - 1] = set.endpoints;
    revision_ = std::max(revision_, set.config_revision);
  }
}

void Routes::replace(std::vector<Subscriber> subscribers) {
  router_ = Router(std::move(subscribers));
  ++revision_;
  known_.clear();
}

Routes::Routed Routes::route(const Event& event) {
  const auto route = router_.route(event);
  return {intern(route.endpoints), static_cast<std::uint32_t>(route.endpoints.size()), route.skipped, route.filtered,
          route.no_counterpart};
}

const std::vector<EndpointNo>& Routes::endpoints(MatchSetNo set) const {
  static const std::vector<EndpointNo> none;
  const auto number = static_cast<std::size_t>(set);
  return number == 0 || number > sets_.size() ? none : sets_[number - 1];
}

bool Routes::contains(MatchSetNo set, EndpointNo endpoint) const {
  const auto& all = endpoints(set);
  return std::binary_search(all.begin(), all.end(), endpoint);
}

MatchSetNo Routes::intern(const std::vector<EndpointNo>& endpoints) {
  if (const auto it = known_.find(endpoints); it != known_.end()) return it->second;
  sets_.push_back(endpoints);
  const MatchSetNo no{static_cast<std::uint32_t>(sets_.size())};
  known_.emplace(endpoints, no);
  journal_.match_set({no, revision_, endpoints});
  return no;
}

}  // namespace chasqui
