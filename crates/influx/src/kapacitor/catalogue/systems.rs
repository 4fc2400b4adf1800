//! Handlers that pass alerts on to other programs.

use model::Proof::{Queued, Reached, Sent};

use super::known::{
    Carried::{Always, Name, Stored},
    DEFAULT, ENABLED, Known, Rule, SKIP_VERIFY, SSL_CA, SSL_CERT, SSL_KEY, duration, integer, json, list, lists, login, map, path, switch,
    test, text, url,
};

/// Where the test of an MQTT broker goes: Kapacitor has no topic of its own.
const TOPIC: &str = "kapacitor/test";

pub(super) const HANDLERS: &[Known] = &[
    Known {
        section: "httppost",
        label: "HTTP post",
        remark: "always used: it cannot be disabled",
        since: "",
        key: "endpoint",
        options: &[
            text("endpoint", "Name", "by which tasks choose it: `inventory`"),
            url("url", "Address", "`https://example.com/alerts`; from Kapacitor 1.5.7 on a Go template").secret().required(),
            login("basic-auth", "Login", "a user name and a password"),
            map("headers", "Headers", "`Authorization: Bearer …`").secret(),
            text("alert-template", "Template of an alert", "a Go template; empty for Kapacitor's own JSON").rare(),
            path("alert-template-file", "File with the template of an alert", "on Kapacitor's machine").rule(Rule::AbsolutePath).rare(),
            text("row-template", "Template of a row", "a Go template, for `httpPost` outside alerts").rare(),
            path("row-template-file", "File with the template of a row", "on Kapacitor's machine").rule(Rule::AbsolutePath).rare(),
        ],
        test: test(Reached, "the address answered; Kapacitor does not look at the answer, and sends neither login nor template")
            .carries(&[("endpoint", Name), ("url", Stored("url")), ("headers", Stored("headers"))]),
    },
    Known {
        section: "influxdb",
        label: "InfluxDB",
        remark: "where tasks read and write: a wrong value stops them, not only alerts",
        since: "",
        key: "name",
        options: &[
            text("name", "Name", "by which tasks choose it: `local`"),
            ENABLED,
            list("urls", "Addresses", "`http://localhost:8086`").required(),
            text("username", "User name", ""),
            text("password", "Password", "").secret(),
            text("token", "Token", "of InfluxDB 2").secret().since("1.6.0"),
            DEFAULT,
            duration("timeout", "Timeout", "`0s` for none").rare(),
            duration("startup-timeout", "Wait at the start", "how long Kapacitor waits for InfluxDB: `5m`").rare(),
            switch("disable-subscriptions", "No subscriptions", "nothing streams to Kapacitor from here").rare(),
            text("subscription-mode", "Subscription", "one for the cluster, or one for each server").one_of(&["cluster", "server"]).rare(),
            // Kapacitor's refusal of another value would repeat the whole configuration, with the password.
            text("subscription-protocol", "Protocol of subscriptions", "").one_of(&["http", "https", "udp"]).rare(),
            text("subscription-path", "Path of subscriptions", "after Kapacitor's address, behind a proxy").since("1.6.0").rare(),
            lists("subscriptions", "Databases that stream", "and their retention policies; none for all: `telegraf: autogen`").rare(),
            lists("excluded-subscriptions", "Databases that do not stream", "`_kapacitor: autogen`").rare(),
            duration("subscriptions-sync-interval", "Look for new databases every", "`1m`").rare(),
            text("kapacitor-hostname", "Kapacitor's name", "by which InfluxDB reaches it").rare(),
            integer("http-port", "Kapacitor's port", "by which InfluxDB reaches it; 0 for its own").rare(),
            switch("http-shared-secret", "Sign with Kapacitor's shared secret", "").since("1.6.0").rare(),
            text("compression", "Compression", "of what is sent: `gzip` or `none`").since("1.6.0").rare(),
            text("udp-bind", "UDP address", "where subscriptions arrive by UDP").rare(),
            integer("udp-buffer", "UDP buffer", "packets").rare(),
            integer("udp-read-buffer", "UDP read buffer", "bytes; 0 for the system's own").rare(),
            SSL_CA,
            SSL_CERT,
            SSL_KEY,
            SKIP_VERIFY,
        ],
        test: test(Reached, "InfluxDB answered a ping; whether the login is right is not asked").carries(&[("cluster", Name)]),
    },
    Known {
        section: "kafka",
        label: "Kafka",
        remark: "",
        since: "",
        key: "id",
        options: &[
            text("id", "Name", "by which tasks choose it: `main`"),
            ENABLED,
            list("brokers", "Brokers", "`kafka1.example.com:9092`").required(),
            duration("timeout", "Timeout", "`10s`; `0s` is 10 s").rare(),
            integer("batch-size", "Messages of a batch", "0 is 100").rare(),
            duration("batch-timeout", "Wait for a batch", "`1s`; `0s` is 1 s").rare(),
            switch("use-ssl", "TLS", ""),
            SSL_CA,
            SSL_CERT,
            SSL_KEY,
            SKIP_VERIFY,
            text("sasl-mechanism", "SASL mechanism", "empty for none")
                .one_of(&["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI", "OAUTHBEARER"])
                .since("1.6.4"),
            text("sasl-username", "SASL user name", "").since("1.6.4"),
            text("sasl-password", "SASL password", "").secret().since("1.6.4"),
            // Kapacitor cannot set it from outside.
            json("sasl-version", "SASL version", "0 or 1, in Kapacitor's file only").since("1.6.4").rare(),
            map("sasl_extensions", "SASL extensions", "with OAUTHBEARER").since("1.6.4").rare(),
            text("sasl-gssapi-service-name", "Kerberos service", "with GSSAPI: `kafka`").since("1.6.4").rare(),
            text("sasl-gssapi-auth-type", "Kerberos login", "with GSSAPI")
                .one_of(&["", "KRB5_USER_AUTH", "KRB5_KEYTAB_AUTH"])
                .since("1.6.4")
                .rare(),
            switch("sasl-gssapi-disable-pafxfast", "No FAST", "with GSSAPI").since("1.6.4").rare(),
            path("sasl-gssapi-kerberos-config-path", "Kerberos configuration", "with GSSAPI: `/etc/krb5.conf`").since("1.6.4").rare(),
            path("sasl-gssapi-key-tab-path", "Kerberos key table", "with GSSAPI").since("1.6.4").rare(),
            text("sasl-gssapi-realm", "Kerberos realm", "with GSSAPI: `EXAMPLE.COM`").since("1.6.4").rare(),
            text("sasl-oauth-service", "OAuth service", "with OAUTHBEARER: empty, `auth0` or `azuread`").since("1.7.6").rare(),
            text("sasl-oauth-client-id", "OAuth client", "with OAUTHBEARER").since("1.7.6").rare(),
            text("sasl-oauth-client-secret", "OAuth client secret", "with OAUTHBEARER").secret().since("1.7.6").rare(),
            url("sasl-oauth-token-url", "OAuth token address", "with OAUTHBEARER").since("1.7.6").rare(),
            text("sasl-oauth-tenant-id", "OAuth tenant", "with `azuread`").since("1.7.6").rare(),
            list("sasl-oauth-scopes", "OAuth scopes", "with OAUTHBEARER").since("1.7.6").rare(),
            map("sasl-oauth-parameters", "OAuth parameters", "with OAUTHBEARER: `audience: kafka`").since("1.7.6").rare(),
            // A plain number, unlike the durations of Kapacitor.
            integer("sasl-oauth-token-expiry-margin", "Renew the token before its end", "nanoseconds: 1000000000").since("1.7.6").rare(),
            text("sasl-access-token", "Fixed token", "with OAUTHBEARER, instead of a service").secret().since("1.7.6").rare(),
        ],
        test: test(Queued, "Kapacitor queued a message for the topic `test`; whether Kafka took it is in Kapacitor's log only")
            .carries(&[("cluster", Name)]),
    },
    Known {
        section: "mqtt",
        label: "MQTT",
        remark: "Kapacitor connects as soon as it is enabled",
        since: "",
        key: "name",
        options: &[
            text("name", "Name", "by which tasks choose it: `plant`"),
            ENABLED,
            url("url", "Broker", "`tcp://mqtt.example.com:1883`").required(),
            text("username", "User name", ""),
            text("password", "Password", "").secret(),
            text("client-id", "Client", "the name that the broker sees; empty for the name").rare(),
            DEFAULT,
            SSL_CA,
            SSL_CERT,
            SSL_KEY,
            SKIP_VERIFY,
        ],
        test: test(Sent, "the broker is connected and got a message for the topic `kapacitor/test`; whether it kept it is not told")
            .carries(&[("broker-name", Name), ("topic", Always(TOPIC))]),
    },
    Known {
        section: "snmptrap",
        label: "SNMP trap",
        remark: "",
        since: "",
        key: "",
        options: &[
            ENABLED,
            text("addr", "Address", "`snmp.example.com:162`").required(),
            text("community", "Community", "").secret(),
            integer("retries", "Retries", "").rule(Rule::NotNegative).rare(),
        ],
        test: test(Sent, "a trap was sent; nothing tells whether it arrived"),
    },
];
