package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// duty is what the people of a department need the vault for: which folders, and
// how they put it. %s stands for a title, # for the digits of a ticket number.
type duty struct {
	people  []string
	folders []string
	reasons []string
}

func duties() []duty {
	return []duty{
		{
			people: []string{"alice", "bob", "ivan", "judy", "omar", "wendy", "kofi"},
			folders: []string{"Infrastructure", "Infrastructure/Databases", "Infrastructure/Linux", "Infrastructure/Windows",
				"Infrastructure/Network", "Infrastructure/Cloud", "Vendors/Support portals", "Licences"},
			reasons: []string{
				"INC00#: %s does not answer since the reboot, console log-in needed",
				"CHG00#: patch window tonight, %s is in the first batch",
				"INC00#: disk of %s is full, clean-up with the vendor on the phone",
				"CHG00#: rotate the certificates of %s before Friday",
				"On call this week, %s pages twice a night",
				"PRB00#: compare the settings of %s with its twin",
				"CHG00#: move %s to the new rack, shutdown at 22:00",
				"Restore test of the quarter, %s was drawn",
				"INC00#: replication from %s is two hours behind",
				"CHG00#: new backup agent on %s, see https://wiki.example.com/backup/rollout",
				"Vendor case 8-#: they want a support bundle from %s",
				"Audit finding 12: prove that %s logs failed log-ins",
			},
		},
		{
			people: []string{"carol", "dana", "priya", "tomas", "yuki", "lena", "noah"},
			folders: []string{"Development", "Development/CI", "Development/Signing", "SaaS", "SaaS/Trials",
				"Infrastructure/Databases/Postgres", "Infrastructure/Cloud/AWS"},
			reasons: []string{
				"PLAT-#: the release is blocked until %s works again",
				"PLAT-#: debug why %s rejects our webhook",
				"Hotfix 4.2.1, the pipeline needs %s and tomas is on leave",
				"APP-#: reproduce the customer's report against %s",
				"PLAT-#: rotate the token of %s, it was in a build log",
				"Read the slow queries of %s for the capacity review",
				"APP-#: set up single sign-on for %s with the identity team",
				"Sprint demo on Thursday uses %s",
				"PLAT-#: migration of %s to the new cluster, dry run first",
			},
		},
		{
			people:  []string{"erin", "victor", "mallory", "trent"},
			folders: []string{"Security", "Security/Break glass", "SaaS", "Infrastructure/Network", "Infrastructure/Cloud/Azure"},
			reasons: []string{
				"SEC-#: review who logs in to %s from where",
				"SEC-#: penetration test, %s is in scope until Friday",
				"SEC-#: alerts about %s at night, read the settings",
				"Yearly check that %s still opens with the sealed copy",
				"Evidence for ISO 27001 A.9.2, screenshot of the roles in %s",
			},
		},
		{
			people:  []string{"frank", "grace", "heidi", "samir", "ruth"},
			folders: []string{"SaaS", "Licences", "Vendors", "Vendors/Support portals", "Infrastructure/Windows"},
			reasons: []string{
				"RITM00#: add two seats in %s for the new starters",
				"RITM00#: licence key from %s for a laptop exchange",
				"INC00#: user locked out of %s, reset from the admin page",
				"Renewal of %s is due, download the invoice",
				"INC00#: %s shows the wrong time zone for everybody",
				"RITM00#: remove people who left from %s",
			},
		},
		{
			people:  []string{"peggy", "niaj", "sybil", "walter", "olga"},
			folders: []string{"Finance", "Finance/Banking", "Payroll"},
			reasons: []string{
				"Month-end close, %s is needed until the 5th",
				"Sybil is on leave, payments run through %s tomorrow",
				"Auditors ask for the user list of %s",
				"FIN-#: reconcile the rejected payments in %s",
				"FIN-#: the export of %s stopped on Monday",
			},
		},
		{
			people:  []string{"rosa", "quentin", "mei", "uma", "xavier", "zoe", "liam", "hugo", "ines", "jonas", "astrid", "dave"},
			folders: []string{"Human resources", "Marketing", "Marketing/Social media", "Sales", "Legal", "SaaS"},
			reasons: []string{
				"Autumn campaign goes live on Monday, %s must be ready",
				"Interviews next week, calendar of %s",
				"Quarterly numbers for the board come from %s",
				"Covering for a colleague on leave, %s until Friday",
				"The agency wants to see the settings of %s in our call",
				"Contract 20#: upload the signed copy to %s",
			},
		},
	}
}

// reason fills a template in.
func reason(r *rand.Rand, template, title string) string {
	text := template
	if strings.Contains(text, "%s") {
		text = fmt.Sprintf(text, title)
	}
	return strings.ReplaceAll(text, "#", fmt.Sprintf("%05d", 10000+r.IntN(89999)))
}

func approvals() []string {
	return []string{"", "", "", "", "ok", "fine for that long", "as discussed on the phone", "please give it back when you are done",
		"approved for the change window only"}
}

func denials() []string {
	return []string{
		"no ticket number, please add one and ask again",
		"view is enough for that, please ask for less",
		"this is not your team's system; ask them to do it",
		"the change was postponed",
		"please use your own account for this",
		"no permanent access without a review",
	}
}

func withdrawals() []string {
	return []string{"", "not needed any more", "wrong record, asking again", "a colleague has it already"}
}

func skips() []string {
	return []string{"has it by the team's folder already", "the requestor does not need it any more", "the record is being replaced"}
}

func failures() []string {
	return []string{"the record belongs to somebody else, who has to share it", "the owner did not answer for two weeks"}
}
