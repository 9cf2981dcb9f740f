#include "app/front_tools.h"

#include <algorithm>
#include <charconv>

#include "app/problem.h"
#include "core/http1/url.h"

namespace chasqui {
namespace {

std::string listed(std::initializer_list<std::string_view> words) {
  std::string list;
  for (const auto text : words) list.append(list.empty() ? "" : ", ").append(text);
  return list;
}

bool holds(std::initializer_list<std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

ports::OutgoingResponse method_not_allowed(std::string_view allowed) {
  auto response = problem(405, "Method not allowed", "This path takes " + std::string(allowed));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

Result<std::uint64_t> number_of(const ports::IncomingRequest& request, std::string_view name, std::uint64_t otherwise,
                                std::uint64_t most) {
  const auto text = http1::query_value(request.query, name);
  if (!text) return otherwise;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value > most)
    return invalid_input(std::string(name) + " must be a whole number of at most " + std::to_string(most));
  return value;
}

Result<bool> flag_of(const ports::IncomingRequest& request, std::string_view name) {
  const auto text = http1::query_value(request.query, name);
  if (!text || *text == "false") return false;
  if (*text == "true") return true;
  return invalid_input(std::string(name) + " must be true or false");
}

Status check_query(const ports::IncomingRequest& request, std::initializer_list<std::string_view> known) {
  std::string_view rest = request.query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    const std::string name = http1::percent_decode(pair.substr(0, pair.find('=')), true);
    // The key may stand in the query of any path.
    if (!name.empty() && name != "x-api-key" && !holds(known, name))
      return invalid_input("the query has no parameter '" + name + "' here; known: " + listed(known));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
  }
  return success();
}

std::optional<std::string_view> behind(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (path.empty()) return path;
  if (path[0] != '/') return std::nullopt;
  return path.substr(1);
}

Status check_members(json::Value object, std::initializer_list<std::string_view> known) {
  if (!object.is_object()) return invalid_input("the body must be a JSON object");
  for (const auto& [name, value] : object.members())
    if (!holds(known, name)) return invalid_input(std::string(name) + " is not a member here; known: " + listed(known));
  return success();
}

}  // namespace chasqui
