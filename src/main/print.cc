#include "main/print.h"

#include "core/http1/head.h"
#include "core/json/value.h"
#include "core/json/writer.h"

namespace chasqui {
namespace {

void indent(std::string& out, int depth) { out.append("\n").append(static_cast<std::size_t>(depth) * 2, ' '); }

void append_pretty(std::string& out, json::Value v, int depth) {
  if (v.is_object() && v.size() > 0) {
    out.push_back('{');
    bool first = true;
    for (const auto& [name, member] : v.members()) {
      if (!std::exchange(first, false)) out.push_back(',');
      indent(out, depth + 1);
      json::append_string(out, name);
      out.append(": ");
      append_pretty(out, member, depth + 1);
    }
    indent(out, depth);
    out.push_back('}');
  } else if (v.is_array() && v.size() > 0) {
    out.push_back('[');
    bool first = true;
    for (const auto& item : v.items()) {
      if (!std::exchange(first, false)) out.push_back(',');
      indent(out, depth + 1);
      append_pretty(out, item, depth + 1);
    }
    indent(out, depth);
    out.push_back(']');
  } else {
    v.append_to(out);
  }
}

}  // namespace

std::string_view masked(std::string_view name, std::string_view value) { return http1::is_secret_header(name) ? "***" : value; }

std::string pretty(std::string_view json) {
  json::Document parser;
  const auto root = parser.parse(json);
  if (!root) return std::string(json);
  std::string out;
  append_pretty(out, *root, 0);
  return out;
}

std::string shown(const EndpointTarget& target, const ports::OutgoingRequest& request) {
  const std::string_view head = request.head;
  const auto first_space = head.find(' ');
  const auto second_space = head.find(' ', first_space + 1);
  std::string out = "→ " + std::string(head.substr(0, first_space)) + (target.origin.tls ? " https://" : " http://");
  if (!target.url.userinfo.empty()) out.append("***@");
  out.append(target.url.host_header).append(head.substr(first_space + 1, second_space - first_space - 1)).push_back('\n');
  std::size_t at = head.find("\r\n") + 2;
  while (at < head.size()) {
    const auto end = head.find("\r\n", at);
    const std::string_view line = head.substr(at, end - at);
    at = end + 2;
    if (line.empty()) break;
    const auto colon = line.find(": ");
    out.append("  ").append(line.substr(0, colon + 2)).append(masked(line.substr(0, colon), line.substr(colon + 2))).push_back('\n');
  }
  return out.append(pretty(request.body)).append("\n");
}

}  // namespace chasqui
