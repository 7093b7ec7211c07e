#!/usr/bin/env bash
# From a visit to its cash, by curl: one patient, one visit, every service's own endpoints, step by step; then the same by the
# saga `visit-to-cash`. After every step the books must balance. It ends at the first surprise.
#
#   MEDCOVER_ADMIN_PASSWORD='a stone, a cloud, a table' cargo run --release      # in one terminal
#   MEDCOVER_ADMIN_PASSWORD='a stone, a cloud, a table' examples/visit-to-cash.sh # in another
#
# MEDCOVER_URL is where the server is (http://127.0.0.1:3000). It needs bash, curl, sed, grep and awk.
set -euo pipefail

url=${MEDCOVER_URL:-http://127.0.0.1:3000}
password=${MEDCOVER_ADMIN_PASSWORD:?the password of the administrator}
token='' # of whoever acts
answer='' # the last one
status=''
today=$(date -u +%F)

# --- asking -----------------------------------------------------------------------------------------------------------

new_id() { cat /proc/sys/kernel/random/uuid; }

# send METHOD PATH [BODY]: leaves what comes back in $answer and $status. Whoever asks too fast is told to wait (429), and does.
send() {
  local with=(-sS -X "$1" -H "Authorization: Bearer $token" -H "Idempotency-Key: $(new_id)")
  if (($# > 2)); then with+=(-H 'Content-Type: application/json' --data "$3"); fi
  while :; do
    answer=$(curl "${with[@]}" -w '\n%{http_code}' "$url/api/v1/$2")
    status=${answer##*$'\n'}
    answer=${answer%$'\n'*}
    [[ $status == 429 ]] || break
    sleep 1
  done
}

# ask STATUS METHOD PATH [BODY]: another status than STATUS is a surprise.
ask() {
  send "${@:2}"
  [[ $status == "$1" ]] || surprise "$2 $3 answered $status instead of $1: $answer"
}

get() { ask 200 GET "$1"; }
post() { ask 200 POST "$@"; }
make() { ask 201 POST "$@"; }

# field NAME: the first text, number or truth of that name in the last answer.
field() {
  local found
  found=$(grep -oE "\"$1\":(\"[^\"]*\"|[-0-9]+|true|false)" <<<"$answer") || surprise "no $1 in $answer"
  sed -E '1s/^"[^"]*":"?([^"]*)"?$/\1/;q' <<<"$found"
}

# amount NAME: the minor units of the first money of that name in the last answer.
amount() {
  local found
  found=$(grep -oE "\"$1\":\{\"amount_minor\":-?[0-9]+" <<<"$answer") || surprise "no $1 in $answer"
  sed -E '1s/.*:(-?[0-9]+)$/\1/;q' <<<"$found"
}

usd() { printf '{"amount_minor": %d, "currency": "USD"}' "$1"; }
dollars() { awk -v cents="$1" 'BEGIN { printf "%.2f", cents / 100 }'; }

# --- telling and checking ---------------------------------------------------------------------------------------------

step() { printf '\n%s\n' "$*"; }
tell() { printf '  %s\n' "$*"; }

surprise() {
  printf 'SURPRISE: %s\n' "$*" >&2
  exit 1
}

# expect WHAT IS WANTED
expect() { [[ $2 == "$3" ]] || surprise "$1 is $2 instead of $3: $answer"; }

# eventually PATH COMMAND WANTED: asks until COMMAND says WANTED of the answer, for some seconds.
eventually() {
  for _ in {1..100}; do
    send GET "$1"
    if [[ $($2 2>/dev/null) == "$3" ]]; then return; fi
    sleep 0.1
  done
  surprise "$1 does not come to $3: $answer"
}

# The trial balance: over all accounts, debits less credits are zero.
balanced() {
  local sums
  get ledger/trial-balance
  expect 'the balance of the books' "$(field balanced)" true
  sums=$(grep -oE '"(debit|credit)_minor":-?[0-9]+' <<<"$answer,\"debit_minor\":0" | awk -F: '
    /debit/ { debit += $2 } /credit/ { credit += $2 }
    END { printf "%.2f - %.2f = %.2f", debit / 100, credit / 100, (debit - credit) / 100 }')
  [[ $sums == *'= 0.00' ]] || surprise "the trial balance is $sums"
  tell "trial balance: debits $sums"
}

sign_in() { # NAME PASSWORD
  ask 200 POST auth/sign-in "{\"name\": \"$1\", \"password\": \"$2\"}"
  token=$(field access_token)
}

earned() { amount accrued; } # by the agent
state() { field state; }

# --- the house, the plan ----------------------------------------------------------------------------------------------

step 'Sign in: the administrator, and Berta, who may approve refunds that others ask for.'
sign_in admin "$password"
administrator=$token
name="berta-$(new_id | cut -c 1-8)"
ask 200 PUT auth/roles/second-person '{"permissions": ["refunds.approve", "billing.read"]}'
make auth/users "{\"name\": \"$name\", \"roles\": [\"second-person\"]}"
invitation=$(field invitation)
ask 204 POST auth/invitations/accept "{\"invitation\": \"$invitation\", \"password\": \"a lamp, a river, a spoon\"}"
sign_in "$name" 'a lamp, a river, a spoon'
berta=$token
token=$administrator
balanced

step 'Register: Maria Rossi, who comes for the first time.'
make patients '{"details": {"family_name": "Rossi", "given_names": "Maria", "birth_date": "1984-02-29", "sex": "female"}}'
patient=$(field id)
balanced

step 'Cover: a payer, its product, a plan with one version, a policy with an agent, and Maria as its member.'
make payers "{\"code\": \"NM-${name#berta-}\", \"name\": \"Northern Mutual\"}"
payer=$(field id)
make products "{\"payer\": \"$payer\", \"name\": \"Family care\"}"
make plans "{\"product\": \"$(field id)\", \"name\": \"Family care silver\", \"currency\": \"USD\"}"
plan=$(field id)
make "plans/$plan/versions" '{"number": 1, "effective_from": "'"$today"'", "terms": {
  "benefits": {
    "id": "silver-1", "currency": "USD", "rounding": "half-even", "benefit_year": "calendar",
    "networks": [], "limits": [],
    "rules": [{"id": "consultation", "selector": {"category": "consultation"},
      "benefit": {"covered": {"counts_to_out_of_pocket": true, "tiers": [
        {"from_unit": 1, "copay": '"$(usd 2000)"', "deductible_applies": false, "coinsurance": 2000}]}}}]},
  "fees": {"99213": {"category": "consultation", "price": '"$(usd 10000)"'}},
  "unlisted": "denied"}}'
tell 'A consultation costs 100.00 by the plan; of it the patient pays 20.00 and a fifth of the rest.'
commission_plan=$(new_id)
make commissions/plans '{"id": "'"$commission_plan"'", "name": "A tenth of what is collected", "terms": {
  "tiers": [{"from_minor": 0, "rate": 1000}], "rounding": "half-even", "hold_back_days": 0}}'
agent=$(new_id)
make agents "{\"id\": \"$agent\", \"name\": \"Ada Lind\", \"plan\": \"$commission_plan\"}"
make policies '{"number": "NM-'"$(new_id)"'", "plan": "'"$plan"'", "from": "'"$today"'", "agent": "'"$agent"'",
  "premium": {"amount": '"$(usd 20000)"', "every": "month"}}'
policy=$(field id)
post "policies/$policy/accept"
get "policies/$policy/premiums"
covers_to=$(field covers_to)
invoice=$(new_id)
make invoices '{"id": "'"$invoice"'", "kind": "premium", "patient": "'"$patient"'", "policy": "'"$policy"'",
  "agent": "'"$agent"'", "covers_from": "'"$today"'", "covers_to": "'"$covers_to"'",
  "lines": [{"description": "The first premium", "units": 1, "unit_price": '"$(usd 20000)"'}]}'
payment=$(new_id)
make payments '{"id": "'"$payment"'", "from": {"kind": "patient", "id": "'"$patient"'"}, "amount": '"$(usd 20000)"',
  "method": "cash", "invoice": "'"$invoice"'", "allocate": true}'
expect 'the payment' "$(state)" succeeded
post "policies/$policy/premiums/1/settle" "{\"invoice\": \"$invoice\", \"payment\": \"$payment\"}"
post "policies/$policy/activate"
expect 'the policy' "$(state)" active
make "policies/$policy/members" "{\"patient\": \"$patient\", \"relationship\": \"holder\", \"born_on\": \"1984-02-29\", \"sex\": \"female\"}"
member=$(field id)
get "eligibility?member=$member&procedure=99213&charge_minor=12000"
expect 'whether she is covered' "$(field eligible)" true
tell "For a consultation at 120.00 the payer would pay $(dollars "$(amount paid)"), Maria $(dollars "$(amount patient)")."
eventually "agents/$agent/commissions" earned 2000
tell 'The first premium, 200.00, is paid; its agent has earned 20.00.'
balanced

step 'Book: Dr Okafor, room 12, a service, a schedule; then a slot is held, the benefit reserved, the appointment booked.'
make practitioners '{"details": {"family_name": "Okafor", "given_names": "Ngozi", "specialty": "Cardiology"}}'
practitioner=$(field id)
make locations '{"details": {"name": "Room 12", "zone": "UTC"}}'
location=$(field id)
make services '{"details": {"name": "Consultation", "duration_minutes": 30}}'
service=$(field id)
weekly=''
for day in monday tuesday wednesday thursday friday saturday sunday; do
  weekly+='{"day": "'$day'", "hours": {"opens": "00:00:00", "closes": "00:00:00"}},'
done
make schedules '{"details": {"practitioner": "'"$practitioner"'", "location": "'"$location"'", "services": ["'"$service"'"],
  "weekly": ['"${weekly%,}"'], "valid_from": "'"$today"'"}}'
schedule=$(field id)

# free_slot: the first one, as slots are named in requests.
free_slot() {
  get "slots?service=$service&limit=1"
  slot='{"schedule": "'"$schedule"'", "service": "'"$service"'", "start": "'"$(field start)"'"}'
}

free_slot
make slots/holds "{\"slot\": $slot, \"patient\": \"$patient\"}"
hold=$(field id)
make authorisations '{"member": "'"$member"'", "service_on": "'"$today"'",
  "items": [{"procedure": "99213", "units": 1, "estimate": '"$(usd 12000)"'}]}'
authorisation=$(field id)
expect 'the authorisation' "$(state)" approved
make appointments "{\"hold\": \"$hold\"}"
appointment=$(field id)
tell "Booked: $(field local_start). For anybody else the slot is taken:"
ask 409 POST appointments "{\"slot\": $slot, \"patient\": \"$patient\"}"
tell "$(field detail)"
balanced

# --- the visit --------------------------------------------------------------------------------------------------------

# visit APPOINTMENT: the patient comes, is seen, and goes.
visit() {
  post "appointments/$1/arrive"
  post "appointments/$1/check-in"
  make encounters "{\"appointment\": \"$1\"}"
  encounter=$(field id)
  on=$(field service_date)
  post "encounters/$encounter/finish"
}

# code_visit: makes its codes final.
code_visit() {
  post "encounters/$encounter/code" '{
    "diagnoses": [{"code": "I21.4", "rank": 1}, {"code": "I25.2", "rank": 2}],
    "procedures": [{"code": "99213", "description": "Consultation", "units": 1, "charge": '"$(usd 12000)"', "diagnoses": [1]}]}'
  expect 'the visit' "$(state)" coded
}

step 'Visit: she arrives, is seen, and goes.'
visit "$appointment"
tell "The date of service is $on."
balanced

step 'Scrub: the codes are looked at before anybody is billed. I21 says too little; I21.4 with I25.2 is right.'
post codes/check "{\"codes\": [\"I21\"], \"date\": \"$on\"}"
expect 'how grave it is' "$(field severity)" error
tell "I21: $(field rule)"
post codes/check "{\"codes\": [\"I21.4\", \"I25.2\"], \"date\": \"$on\", \"age_years\": 42, \"sex\": \"female\"}"
[[ $answer != *'"severity":"error"'* ]] || surprise "I21.4 with I25.2: $answer"
balanced

step 'Code: the codes are final.'
code_visit
balanced

step 'Invoice: the charge of the visit, 120.00, billed to the payer first.'
charges='[{"id": "'"$(new_id)"'", "code": "99213", "description": "Consultation", "units": 1,
  "unit_price": '"$(usd 12000)"', "service_date": "'"$on"'"}]'
post invoices/charges "{\"encounter\": \"$encounter\", \"patient\": \"$patient\", \"charges\": $charges}"
invoice=$(new_id)
make invoices '{"id": "'"$invoice"'", "kind": "visit", "patient": "'"$patient"'", "encounter": "'"$encounter"'",
  "payer": "'"$payer"'", "agent": "'"$agent"'"}'
expect 'the open amount' "$(amount open)" 12000
tell "Invoice $(field number)."
balanced

step 'Claim: the same to the payer, scrubbed again and sent.'
make claims '{"member": "'"$member"'", "encounter": "'"$encounter"'", "practitioner": "'"$practitioner"'",
  "authorisation": "'"$authorisation"'", "service_on": "'"$on"'", "diagnoses": ["I21.4", "I25.2"],
  "lines": [{"procedure": "99213", "units": 1, "charge": '"$(usd 12000)"', "diagnoses": [1]}]}'
claim=$(field id)
expect 'the claim' "$(state)" accepted
balanced

step 'Adjudicate: by the plan, within what remains of the benefits. The invoice gets its shares.'
post "claims/$claim/adjudicate"
expect 'the claim' "$(state)" adjudicated
get "claims/$claim/explanation"
expect 'whether deciding again gives the same, byte for byte' "$(field replayed)" true
post "invoices/$invoice/adjudications" '{"claim": "'"$claim"'", "version": 1, "contractual": '"$(usd 2000)"',
  "patient": '"$(usd 3600)"', "payer": '"$(usd 6400)"'}'
tell 'Given up by contract 20.00, Maria 36.00, Northern Mutual 64.00.'
balanced

step 'Pay: Maria at the desk, Northern Mutual by a remittance.'
payment=$(new_id)
make payments '{"id": "'"$payment"'", "from": {"kind": "patient", "id": "'"$patient"'"}, "amount": '"$(usd 3600)"',
  "method": "cash", "invoice": "'"$invoice"'", "allocate": true}'
expect 'the payment' "$(state)" succeeded
balanced
make remittances "{\"payer\": \"$payer\", \"trace\": \"EFT-1\", \"paid_on\": \"$today\", \"claims\": [\"$claim\"]}"
expect 'what the payer pays' "$(amount total)" 6400
remittance='"payer": "'"$payer"'", "trace": "EFT-1", "total": '"$(usd 6400)"', "paid_on": "'"$today"'",
  "claims": [{"claim": "'"$claim"'", "invoice": "'"$invoice"'", "billed": '"$(usd 12000)"', "paid": '"$(usd 6400)"',
    "adjustments": [{"group": "CO", "reason": "45", "amount_minor": 2000},
      {"group": "PR", "reason": "3", "amount_minor": 2000}, {"group": "PR", "reason": "2", "amount_minor": 1600}]}]'
make remittance-postings "{\"id\": \"$(new_id)\", \"control\": \"000000905\", $remittance}"
expect 'the remittance' "$(state)" posted
make remittance-postings "{\"id\": \"$(new_id)\", \"control\": \"000000906\", $remittance}"
expect 'the same remittance under another control number' "$(state)" duplicate
eventually "invoices/$invoice" state paid
post "encounters/$encounter/billed"
tell 'The invoice is paid. The remittance came twice, and was posted once.'
balanced

step 'Commission: a tenth of what was collected, 200.00 + 36.00 + 64.00.'
eventually "agents/$agent/commissions" earned 3000
tell 'Ada Lind has earned 30.00.'
balanced

step 'Refund: 10.00 go back to Maria. Whoever asks for it cannot approve it; Berta does.'
refund=$(new_id)
make refunds '{"id": "'"$refund"'", "payment": "'"$payment"'", "amount": '"$(usd 1000)"', "reason": "She waited for two hours"}'
ask 422 POST "refunds/$refund/approve"
tell "$(field detail)"
token=$berta
post "refunds/$refund/approve"
token=$administrator
post "refunds/$refund/send"
expect 'the refund' "$(state)" succeeded
make refunds '{"id": "'"$(new_id)"'", "payment": "'"$payment"'", "amount": '"$(usd 2600)"', "reason": "The rest"}'
ask 422 POST refunds '{"id": "'"$(new_id)"'", "payment": "'"$payment"'", "amount": '"$(usd 1)"', "reason": "One cent more"}'
tell "$(field detail)"
eventually "agents/$agent/commissions" earned 2900
tell 'The commission on it is clawed back: Ada Lind has earned 29.00.'
balanced

# --- the same, by one request -----------------------------------------------------------------------------------------

step 'The same for her husband, by two sagas. First: register him, enrol him, ask what he is covered for.'
ask 202 POST sagas/patient-registration '{
  "person": {"family_name": "Rossi", "given_names": "Paolo", "birth_date": "1982-07-14", "sex": "male"},
  "membership": {"policy": "'"$policy"'", "relationship": "spouse"}}'
saga=$(field saga)
patient=$(field patient)
member=$(field member)
eventually "sagas/journeys/$saga" state completed
balanced

step 'Then: hold, reserve, book; when the visit is coded, invoice, claim, adjudicate, collect, commission.'
free_slot
ask 202 POST sagas/visit-to-cash '{"patient": "'"$patient"'", "slot": '"$slot"', "collection": {"method": "cash"},
  "cover": {"member": "'"$member"'", "service_on": "'"$today"'",
    "services": [{"procedure": "99213", "units": 1, "estimate": '"$(usd 12000)"'}]}}'
saga=$(field saga)
appointment=$(field appointment)
invoice=$(field invoice)
eventually "appointments/$appointment" state booked
balanced
visit "$appointment"
code_visit
eventually "sagas/journeys/$saga" state completed
get "invoices/$invoice"
expect 'what is owed: the share of the payer' "$(amount open)" 6400
eventually "agents/$agent/commissions" earned 3260
tell 'Paolo has paid 36.00, Ada Lind has earned 32.60, and the payer owes 64.00.'
balanced

step 'Done: from visit to cash and back.'
