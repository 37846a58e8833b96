package vaultsim

// companyFolder is one folder of the company's vault by its path.
type companyFolder struct {
	path    string
	shared  bool
	members []string // what stands before the @; a star behind those who manage records
	team    string
}

func companyFolders() []companyFolder {
	return []companyFolder{
		{path: "Infrastructure"},
		{path: "Infrastructure/Databases", shared: true, members: []string{"bob*", "alice"}, team: "DBA"},
		{path: "Infrastructure/Databases/Oracle"},
		{path: "Infrastructure/Databases/Postgres"},
		{path: "Infrastructure/Linux", shared: true, members: []string{"ivan*", "alice*"}},
		{path: "Infrastructure/Windows", shared: true, members: []string{"judy*"}},
		{path: "Infrastructure/Network", shared: true, members: []string{"omar*"}, team: "Network"},
		{path: "Infrastructure/Network/Core switches"},
		{path: "Infrastructure/Cloud", shared: true, members: []string{"kofi*", "priya"}},
		{path: "Infrastructure/Cloud/AWS"},
		{path: "Infrastructure/Cloud/Azure"},
		{path: "Development", shared: true, members: []string{"priya*", "carol", "dana"}},
		{path: "Development/CI"},
		{path: "Development/Signing"},
		{path: "SaaS", shared: true, members: []string{"frank*", "erin"}, team: "Service desk"},
		{path: "SaaS/Trials"},
		{path: "Payroll", shared: true, members: []string{"sybil*", "peggy"}},
		{path: "Finance", shared: true, members: []string{"peggy*", "niaj", "walter"}},
		{path: "Finance/Banking"},
		{path: "Human resources", shared: true, members: []string{"rosa*", "mei"}},
		{path: "Marketing", shared: true, members: []string{"uma*", "zoe", "xavier"}},
		{path: "Marketing/Social media"},
		{path: "Sales", shared: true, members: []string{"hugo*"}},
		{path: "Vendors", shared: true, members: []string{"frank", "omar"}},
		{path: "Vendors/Support portals"},
		{path: "Licences", shared: true, members: []string{"frank*"}},
		{path: "Legal", shared: true, members: []string{"astrid*"}},
		{path: "Security", shared: true, members: []string{"erin*", "victor"}},
		{path: "Security/Break glass"},
		{path: "Archive"},
	}
}

// companyRecords lists titles by folder and type; titles are separated by semicolons.
func companyRecords() []struct{ folder, typ, titles string } {
	return []struct{ folder, typ, titles string }{
		{"Infrastructure/Databases/Postgres", "databaseCredentials",
			"prod-db-01;prod-db-02;prod-db-03;prod-db-04;stage-db-01;stage-db-02;test-db-01;billing-db-01;billing-db-02;reporting-db-01;wiki-db-01;crm-db-01"},
		{"Infrastructure/Databases/Oracle", "databaseCredentials",
			"erp-db-01;erp-db-02;erp-standby-01;hr-db-01;finance-db-01;finance-db-02;warehouse-db-01"},
		{"Infrastructure/Databases", "databaseCredentials", "redis-cache-01;redis-cache-02;mongo-events-01;elastic-logs-01"},
		{"Infrastructure/Linux", "serverCredentials",
			"web-01;web-02;web-03;web-04;app-01;app-02;app-03;app-04;bastion-01;bastion-02;build-01;build-02;mail-01;mail-02;ldap-01;ldap-02;log-01;monitor-01;backup-01;backup-02"},
		{"Infrastructure/Windows", "serverCredentials",
			"dc-01;dc-02;fileserver-01;fileserver-02;print-01;exchange-01;rds-01;rds-02;wsus-01"},
		{"Infrastructure/Network", "serverCredentials",
			"vpn-gateway;firewall-edge-01;firewall-edge-02;proxy-01;wlan-controller;dns-01;dns-02;load-balancer-01"},
		{"Infrastructure/Network/Core switches", "serverCredentials",
			"core-switch-01;core-switch-02;core-switch-03;core-switch-04;dist-switch-01;dist-switch-02"},
		{"Infrastructure/Cloud/AWS", "login", "aws-root;aws-billing;aws-prod-admin;aws-stage-admin;aws-audit"},
		{"Infrastructure/Cloud/Azure", "login", "azure-global-admin;azure-subscription-owner;entra-break-glass"},
		{"Infrastructure/Cloud", "sshKeys", "terraform-runner-key;packer-key"},
		{"Infrastructure/Linux", "sshKeys", "ansible-key;backup-rsync-key;bastion-host-key"},
		{"Infrastructure/Linux", "pamMachine", "pam web-01;pam app-01"},
		{"Infrastructure/Windows", "pamUser", "svc-backup;svc-deploy;svc-sql"},
		{"Infrastructure/Databases", "pamUser", "svc-postgres-rotate"},
		{"Development", "sshKeys", "github-deploy-key;gitlab-deploy-key;staging-deploy-key;docs-site-key"},
		{"Development/CI", "login", "jenkins-admin;sonarqube-admin;nexus-admin;artifactory-ci;docker-hub-bot;npm-publish"},
		{"Development/Signing", "encryptedNotes", "Android signing passphrase;Apple notarisation;Code signing token PIN"},
		{"Development", "login", "sentry-admin;launchdarkly;postman-team;figma-dev;algolia-admin"},
		{"SaaS", "login",
			"stripe-live;stripe-test;salesforce-admin;zendesk-admin;slack-owner;okta-admin;atlassian-admin;zoom-admin;dropbox-business;docusign-admin;twilio-prod;sendgrid-prod;cloudflare-admin;pagerduty-admin;datadog-admin;hubspot-admin"},
		{"SaaS/Trials", "login", "miro-trial;notion-trial;airtable-trial;lucid-trial;canva-trial;linear-trial"},
		{"Payroll", "login", "Payroll;Payroll bank portal;Tax office gateway;Social insurance portal"},
		{"Finance", "login", "SAP finance;Expense tool admin;Audit data room;Currency feed"},
		{"Finance/Banking", "login", "House bank e-banking;Second bank e-banking;Treasury workstation;Card processor back office"},
		{"Finance", "encryptedNotes", "Year-end checklist;Signatory codes"},
		{"Human resources", "login", "Personio admin;Recruiting portal;Training platform;Background checks"},
		{"Human resources", "encryptedNotes", "Works council agreements"},
		{"Marketing", "login", "Webflow admin;Google Ads;Newsletter tool;Stock photos;Brand portal"},
		{"Marketing/Social media", "login", "LinkedIn company page;Mastodon;YouTube channel;Instagram"},
		{"Sales", "login", "Partner portal;Quote tool;Market research"},
		{"Vendors", "login", "Admin portal;Cisco licence portal;Dell TechDirect;HPE support"},
		{"Vendors/Support portals", "login", "Oracle support;Red Hat customer portal;VMware support;Microsoft admin support;Admin portal"},
		{"Licences", "softwareLicense",
			"Adobe Creative Cloud;JetBrains All Products;Windows Server 2022;SQL Server Enterprise;VMware vSphere;Veeam Backup;Parallels;SnagIt;Burp Suite Pro;Oracle Database EE;Red Hat Enterprise Linux;TeamViewer Corporate"},
		{"Vendors", "membership", "IEEE membership;Chamber of commerce;Railway corporate programme;Airline business club;Swiss ICT association"},
		{"Legal", "encryptedNotes", "Escrow agreement codes;Notary access"},
		{"Legal", "login", "Contract archive;Commercial register"},
		{"Security", "login", "SIEM admin;Vulnerability scanner;Phishing simulation;Bug bounty programme"},
		{"Security/Break glass", "encryptedNotes", "Disaster recovery codes;Office alarm codes;Data centre access;Safe combination"},
		{"Security", "sshKeys", "forensics-jump-key"},
		{"Archive", "login", "Old intranet;Old ticket system"},
		{"", "encryptedNotes", "Service account notes"},
	}
}
