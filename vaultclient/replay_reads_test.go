package vaultclient

const (
	billing     = "{Kind:record UID:RZToj60CrP9GDxjDTPWxAQ Title:billing-prod login 000 Type:login Description:billing_user @ https://billing-prod.example.com/ Category:classic}"
	dbaShared   = "{Kind:shared_folder UID:4KcmDEAO-kNEDojKV8dTXw Title:DBA Shared Type: Description: Category:classic}"
	silentWords = failedSaying + "Command executed successfully but produced no output"
)

func replayReads() []expected {
	return []expected{
		{0, parsed(parseWhoAmI), "Account{User:svc-commander@example.com Server:keepersecurity.com}"},
		{1, parsed(parseWhoAmI), failedSaying + "Unexpected error: 'NoneType' object is not iterable"},
		{2, server, region},
		{3, parsed(parseItems), "20 rows: " + billing},
		{4, parsed(parseItems), "10 rows: " + billing},
		{5, parsed(parseItems), "6 rows: " + dbaShared},
		{6, parsed(parseItems), "14 rows: " + dbaShared},
		{7, parsed(parseItems), "0 rows"},
		{8, parsed(parseItems), "0 rows"},
		{9, parsed(parseItems), "0 rows"},
		{10, parsed(parseItems), silentWords},
		// Tables are no evidence.
		{11, parsed(parseItems), failedSaying + "#  Record UID              Type               Title                   …"},
		{12, parsed(parseItems), "error: the vault service reports a failure…"}, // rows of the special parser
		{13, parsed(parseItems), silentWords},
		{14, parsed(parseItems), "1 rows: " + billing},
		{15, parsed(parseItems), failedSaying + "Unexpected error: missing ), unterminated subpattern at position 0"},
		{16, parsed(parseItems), failedSaying + "#  Record UID              Type                 Title                 …"},
		// The answers of "list", which the client does not send, are not taken for those of another listing.
		{17, parsed(parseItems), "error: the vault service reports a failure…"},
		{17, parsed(parseSharedFolders), "error: the vault service reports a failure…"},
		{18, parsed(parseItems), "error: the vault service reports a failure…"},
		{18, parsed(parseSharedFolders), "0 rows"}, // the same object stands for an empty list there
		{19, parsed(parseItems), failedSaying + "No records are found"},
		{20, parsed(parseSharedFolders), `14 rows: {Kind:shared_folder UID:S-KlMQFeyn3u_Snqfcksww Title:A & B <Test> "quoted" it's Type: Description: Category:}`},
		{21, parsed(parseFolder), `26 rows: {Folder:true UID:S-KlMQFeyn3u_Snqfcksww Name:A & B <Test> "quoted" it's Type: Description: Shared:true}`},
		{22, parsed(parseFolder), "9 rows: {Folder:true UID:DcfKKCwCMclL4G2ZNE7D2w Name:Databases Type: Description: Shared:false}"},
		{23, parsed(parseFolder), "error: the vault service reports a failure…"},
		{24, parsed(parseFolder), "error: not found in the vault: Unexpected error: ls: Nowhere: No such folder or record"},
		{25, parsed(parseTree), "3 rows: {Name:DBA Shared Path:DBA Shared Level:0 Shared:true UID:4KcmDEAO-kNEDojKV8dTXw}"},
		{26, parsed(parseTree), "2 rows: {Name:Oracle Path:Oracle Level:0 Shared:false UID:IkWFKs8PwyF04GgvtYCWAw}"},
		{27, parsed(parseTree), `33 rows: {Name:A & B <Test> "quoted" it's Path:A & B <Test> "quoted" it's Level:0 Shared:true UID:}`},
		{28, parsed(parseTree), "3 rows: {Name:DBA Shared Path:DBA Shared Level:0 Shared:true UID:}"}, // records left out
		{29, parsed(parseTree), "error: not found in the vault: Unexpected error: tree: Folder Nowhere not found"},
		{30, parsed(parseSync), "{}"},
		{31, parsed(parseSync), "{}"},
	}
}

const svcOwner = "svc-commander@example.com: owner and edit and share, ends never"

func replayGet() []expected {
	billingRecord := `record RZToj60CrP9GDxjDTPWxAQ "billing-prod login 000" login rev 35 in "/"; alice@example.com: view, ends never; ` + svcOwner
	noObject := "error: the vault service reports a failure…"
	return []expected{
		{0, object(rz), billingRecord},
		{1, object(rz), billingRecord},
		{2, object(rz), noObject}, // the detail form loses permissions
		{3, object(rz), noObject},
		{4, object(rz), noObject},
		{5, object(rz), noObject},
		{6, object("eBRVmER9ATF3qCQgrydn5Q"), `record eBRVmER9ATF3qCQgrydn5Q "backup-test databaseCredentials 001" databaseCredentials rev 37 in "Infrastructure"; ` + svcOwner},
		{7, object("Pi7vLhJdQDMNAGJqfhAM0w"), `record Pi7vLhJdQDMNAGJqfhAM0w "crm-dr sshKeys 003" sshKeys rev 41 in "Personal"; ` + svcOwner},
		{8, object("5SId2k3Fe4O4fkhXtjAR1Q"), `record 5SId2k3Fe4O4fkhXtjAR1Q "monitor-dev softwareLicense 004" softwareLicense rev 43 in "Archive"; ` + svcOwner},
		{9, object("iMm9pYi9hMhEEqm9FJSj9Q"), `record iMm9pYi9hMhEEqm9FJSj9Q "erp-test membership 006" membership rev 47 in "Infrastructure/Linux"; ` + svcOwner},
		{10, object("Gsb5VH68mAPdG8PboKTSQA"), `record Gsb5VH68mAPdG8PboKTSQA "Read only from Bob" databaseCredentials rev 540 in "/"; ` +
			"bob@example.com: owner and edit and share, ends never; svc-commander@example.com: view, ends never"},
		{11, object("sh-GSlYN0CkA2WmJZOfIqA"), `record sh-GSlYN0CkA2WmJZOfIqA "Alice private record" login rev 537 in "Shared by Alice"; ` +
			"alice@example.com: owner and edit and share, ends never"},
		{12, object(dba), `shared folder 4KcmDEAO-kNEDojKV8dTXw "DBA Shared", 9 records, 1 teams; ` +
			"svc-commander@example.com: manage records and manage users, ends never; bob@example.com: manage records, ends never"},
		{13, object(dba), noObject},
		{14, object("1SMElfMQOjgE1NNkuIfnrg"), `user folder 1SMElfMQOjgE1NNkuIfnrg "Infrastructure/Linux" in 0GAq-O9ypzmKwdIWxDWjoQ, 7 records`},
		{15, object("IkWFKs8PwyF04GgvtYCWAw"), "Subfolder{UID:IkWFKs8PwyF04GgvtYCWAw Name:Oracle Path:DBA Shared/Oracle Shared:4KcmDEAO-kNEDojKV8dTXw}"},
		{16, object("dp1kidaDI2e1r2y0YSzcIw"), "Team{UID:dp1kidaDI2e1r2y0YSzcIw Name:DBA}"},
		{17, object(rz), `error: name fits several objects: Found 2 items with title containing "Duplicate title":`},
		{18, object(rz), billingRecord},
		{18, object(neb), "error: the vault service reports a failure: the answer is about something else than was asked for"}, // found by a part of its title, which is no UID
		{19, object("AAAAAAAAAAAAAAAAAAAAAA"), "error: not found in the vault: Unexpected error: get: Cannot find any object with UID: AAAAAAAAAAAAAAAAAA…"},
		{20, object(rz), failedSaying + "Unexpected error: get: Invalid record identifier: forbidden characters"},
		{21, object(rz), failedSaying + "the following arguments are required: uid"},
		{22, object("-AAAAAAAAAAAAAAAAAAAAA"), "error: not found in the vault: Unexpected error: get: Cannot find any object with UID: -AAAAAAAAAAAAAAAAA…"},
	}
}

func replayQuoting() []expected {
	html := `{Kind:record UID:0SzcuVuEn9a21mFJR4Rb-g Title:A & B <script> "dq" it's &amp; done Type:login Description:html_user @ https://html-prod.example.com/ Category:classic}`
	uni := "{Kind:record UID:buBl0U1DJ0V_gwYdi5MUsQ Title:Ünïcode 東京 пароль 🔐 Type:login Description:uni_user @ https://uni-prod.example.com/ Category:classic}"
	items := parsed(parseItems)
	control := failedSaying + "Invalid command: control characters are not allowed in command input."
	return []expected{
		{0, items, "0 rows"}, {1, items, "2 rows: " + html}, {2, items, "1 rows: " + html}, {3, items, "1 rows: " + html},
		{4, items, "2 rows: " + uni}, {5, items, "1 rows: " + uni}, {6, items, "2 rows: " + html}, {7, items, "2 rows: " + html},
		{8, items, failedSaying + "Unexpected error: No closing quotation"},
		{8, judged(share(alice, rz)), "refused: bad_command"},
		{9, items, failedSaying + "Unexpected error: No closing quotation"},
		{10, items, failedSaying + "Unexpected error: No escaped character"},
		{10, judged(share(alice, rz)), "refused: bad_command"},
		{11, items, "0 rows"}, {12, items, "0 rows"},
		{13, items, control}, {14, items, control}, {15, items, control}, {16, items, control},
		{16, judged(share(alice, rz)), "refused: bad_command"},
		{17, items, "0 rows"}, {18, items, "0 rows"}, {19, items, "0 rows"},
		{20, items, "0 rows"}, // the echo of the command holds a lone surrogate
		{21, items, "0 rows"}, {22, items, "0 rows"},
		{23, items, "238 rows: " + billing},
		{24, items, failedSaying + "[]"},
		{25, items, failedSaying + "[\n{\n\"type\": \"record\",\n\"uid\": \"RZToj60CrP9GDxjDTPWxAQ\",\n\"name\": \"billin…"},
		{26, judged(share(alice, rz)), "refused: bad_command"},
	}
}
