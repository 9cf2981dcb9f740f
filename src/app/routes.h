// Routing at append: which endpoints an event goes to, as a numbered set (semantics 8).
#pragma once

#include <map>
#include <vector>

#include "app/journal.h"
#include "core/routing/routing.h"

namespace chasqui {

/// Routes with the subscriptions of the current configuration revision and interns the resulting sets of endpoints, so
/// that a journal header needs one number. Lives on the loop's thread.
class Routes {
 public:
  explicit Routes(Journal& journal) : journal_(journal) {}

  void restore(const std::vector<ports::InternedMatchSet>& sets);
  /// Later events are routed by `subscribers`; earlier ones keep what they have.
  void replace(std::vector<Subscriber> subscribers);

  struct Routed {
    MatchSetNo set{};
    std::uint32_t endpoints = 0;
    std::uint32_t skipped = 0;
    std::uint32_t filtered = 0;
    std::uint32_t no_counterpart = 0;
  };
  Routed route(const Event& event);
  /// Ascending. Empty for a number that was never given out.
  const std::vector<EndpointNo>& endpoints(MatchSetNo set) const;
  bool contains(MatchSetNo set, EndpointNo endpoint) const;

 private:
  MatchSetNo intern(const std::vector<EndpointNo>& endpoints);

  Journal& journal_;
  Router router_{{}};
  std::int64_t revision_ = 0;
  std::map<std::vector<EndpointNo>, MatchSetNo> known_;  // of this revision
  std::vector<std::vector<EndpointNo>> sets_;            // by number, from 1
};

}  // namespace chasqui
