{% load static %}"use strict";
self.portal = { addresses: { queue: "{% url 'documents:photo_queue' %}", leave: "{% url 'account_logout' %}" } };
importScripts("{% static 'js/tus.js' %}", "{% static 'js/store.js' %}", "{% static 'js/worker.js' %}");
