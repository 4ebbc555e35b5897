# What costgate's rule language leaves out, said over its JSON report: costgate diff --format json --output report.json,
# then `opa eval -d policy.rego -i report.json data.costgate.deny` or `conftest test report.json --policy . --namespace costgate`.
package costgate

import rego.v1

# No more than three calls of one provider may be new in one change.
deny contains message if {
	added := {change.key | some change in input.changes; change.kind == "added"}
	providers := {call.provider | some call in input.calls}
	some provider in providers
	found := {call.key | some call in input.calls; call.key in added; call.provider == provider}
	count(found) > 3
	message := sprintf("%d new calls of %s in one change", [count(found), provider])
}

longest := "2027-06-30"

# A waiver beyond that day is none.
deny contains message if {
	some finding in input.findings
	finding.state == "waived"
	finding.waiver.until > longest
	message := sprintf("%s:%d is waived until %s", [finding.path, finding.line, finding.waiver.until])
}

# Errors are one thing; outside of the folder that may talk to models they are another.
deny contains message if {
	some call in input.calls
	call.counted
	not call.context.test
	not startswith(call.path, "app/llm/")
	some finding in input.findings
	finding.call_key == call.key
	finding.state == "open"
	finding.severity == "error"
	message := sprintf("%s:%d: %s outside of app/llm", [call.path, call.line, finding.message])
}
