// Shared contacts as vCard 3.0 (RFC 2426): what WhatsApp itself sends, and what WAHA passes on.
#include "core/dialect/waha/payloads.h"
#include "core/json/value.h"

namespace chasqui::waha {
namespace {

// Backslash, comma, semicolon and line ends are escaped in values (RFC 2426, 4).
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == ',' || c == ';') out.push_back('\\');
    if (c == '\n') {
      out.append("\\n");
    } else if (c != '\r') {
      out.push_back(c);
    }
  }
  return out;
}

void line(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) out.append(name).append(":").append(value).append("\n");
}

std::string type_of(json::Value v) {
  const auto type = v["type"].string_or({});
  return type.empty() ? "" : ";type=" + escaped(type);
}

std::string vcard(json::Value contact) {
  const auto name = contact["name"];
  std::string out = "BEGIN:VCARD\nVERSION:3.0\n";
  const std::string formatted = escaped(name["formatted_name"].string_or({}));
  std::string parts = escaped(name["last_name"].string_or({}));
  for (const char* part : {"first_name", "middle_name", "prefix", "suffix"}) parts.append(";").append(escaped(name[part].string_or({})));
  out.append("N:").append(parts == ";;;;" ? ";" + formatted + ";;;" : parts).append("\n");
  line(out, "FN", formatted);
  const auto org = contact["org"];
  std::string company = escaped(org["company"].string_or({}));
  if (const auto department = org["department"].string_or({}); !department.empty()) company.append(";").append(escaped(department));
  line(out, "ORG", company);
  line(out, "TITLE", escaped(org["title"].string_or({})));
  for (const auto& phone : contact["phones"].items()) {
    std::string tag = "TEL" + type_of(phone);
    if (const auto id = phone["wa_id"].string_or({}); !id.empty()) tag.append(";waid=").append(escaped(id));
    line(out, tag, escaped(phone["phone"].string_or({})));
  }
  for (const auto& email : contact["emails"].items()) line(out, "EMAIL" + type_of(email), escaped(email["email"].string_or({})));
  for (const auto& url : contact["urls"].items()) line(out, "URL" + type_of(url), escaped(url["url"].string_or({})));
  for (const auto& address : contact["addresses"].items()) {
    std::string value = ";";
    for (const char* part : {"street", "city", "state", "zip", "country"}) value.append(";").append(escaped(address[part].string_or({})));
    line(out, "ADR" + type_of(address), value);
  }
  line(out, "BDAY", escaped(contact["birthday"].string_or({})));
  return out + "END:VCARD";
}

}  // namespace

std::vector<std::string> vcards(const json::Text& contacts) {
  std::vector<std::string> cards;
  json::Document parser;
  if (const auto root = parser.parse(contacts.json)) {
    for (const auto& contact : root->items()) cards.push_back(vcard(contact));
  }
  return cards;
}

}  // namespace chasqui::waha
