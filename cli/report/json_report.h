#pragma once

#include <string>

#include <nlohmann/json.hpp>

// What the JSON reports of all commands have in common.
namespace fbert {

using OrderedJson = nlohmann::ordered_json;

OrderedJson number(double value);  // null where it is not finite

// Text that is not UTF-8 (paths, data) is shown with U+FFFD. On one line without `indent`.
std::string dump(const OrderedJson& json, int indent = -1);

}  // namespace fbert
